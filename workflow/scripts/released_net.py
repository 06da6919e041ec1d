"""Take a recogniser's net from the authors' release; it has no learning curve."""

from pathlib import Path

import torch

from aip.album.release import read_card
from aip.files import whole
from aip.job import running
from aip.recognise.authors import released_net

with running(snakemake) as job:
    net = released_net(job.provenance.definition, read_card(Path(snakemake.input.release)))
    with whole(Path(snakemake.output.curve)) as path:
        path.touch()
    # Of a path, torch would write the name into the file, and that beside is never the same.
    with whole(Path(snakemake.output.net)) as path, path.open("wb") as file:
        torch.save(net.state_dict(), file)
