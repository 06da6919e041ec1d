"""Fetch or render the album's photos, if it must; write its index and what it misses."""

from pathlib import Path

from aip.album import source
from aip.album.index import check_protocol, write_index
from aip.album.missing import counts, reasons, write_missing
from aip.run.alone import given
from aip.run.job import running
from aip.show.missing import left_out_sentence, sentence

if __name__ == "__main__":  # rendering starts processes, which import this file
    snakemake = given(globals())
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
        if (lost := counts(instances, missing))["heads"]:
            job.say(sentence(lost, missing_path))
        if left := reasons(missing):
            job.say(left_out_sentence(left, missing_path))
