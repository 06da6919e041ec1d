"""The page of a study: what a browser shows of it from disk, without any network.

`document` writes it around the heads that `aip.show.page_heads` wrote. Templates, style and script
lie beside, and count as code: `aip.study.code` digests them.
"""
