"""Get the album's photos where they must be got, and write its index and what it misses."""

from pathlib import Path

from aip.album import source
from aip.album.index import check_protocol, write_index
from aip.album.missing import counts, sentence, write_missing
from aip.job import running

if __name__ == "__main__":  # rendering starts processes, which import this file
    with running(snakemake) as job:
        index_path = Path(snakemake.output.index)
        album = source(job.provenance.definition, index_path.parent)
        missing_path = Path(snakemake.output.missing)
        instances, missing = album.make(
            job.provenance.seed, snakemake.threads, lambda total: job.progress(total, "photos")
        )
        check_protocol(index_path, instances)
        write_index(index_path, instances)
        write_missing(missing_path, missing)
        if missing:
            job.say(sentence(counts(instances, missing), missing_path))
