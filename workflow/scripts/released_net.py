"""Take a recogniser's net from the authors' release; it has no learning curve."""

from pathlib import Path

from aip.album.release import read_release_card
from aip.recognise.authors import released_net
from aip.run.alone import given
from aip.run.job import running
from aip.store.files import whole
from aip.store.state import write_state

snakemake = given(globals())
with running(snakemake) as job:
    net = released_net(job.provenance.definition, read_release_card(Path(snakemake.input.release)))
    with whole(Path(snakemake.output.curve)) as path:
        path.touch()
    write_state(Path(snakemake.output.net), net.state_dict(), job.provenance.fingerprint)
