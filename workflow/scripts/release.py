"""Get the authors' release: download it, or take a copy, and unpack it."""

from pathlib import Path

from aip.album.release import obtain, write_release_card
from aip.run.alone import given
from aip.run.job import running
from aip.store.checkout import remote

snakemake = given(globals())
with running(snakemake) as job:
    card = Path(snakemake.output[0])
    release = obtain(
        job.provenance.definition["archive"],
        card.with_suffix(""),
        remote("authors"),
        job.provenance.definition["sha256"],
        lambda total: job.progress(total, "bytes"),
    )
    write_release_card(card, release, job.provenance)
