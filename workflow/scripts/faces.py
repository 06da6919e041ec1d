"""Find the faces in the album's photos, and which of each photo's is its person's."""

from pathlib import Path

from aip.album import source
from aip.album.faces import write_faces
from aip.compute.computing import computing
from aip.recognise.detector import Detector, detector_file
from aip.recognise.embedding import Embedding
from aip.recognise.faces import find_people
from aip.run.alone import given
from aip.run.gpu import granted
from aip.run.job import running

snakemake = given(globals())
with running(snakemake) as job:
    definition = job.provenance.definition
    path, net = Path(snakemake.output[0]), definition["resembles"]
    album = source(definition, path.parent)
    album.get()
    people = album.people()
    with computing(granted(snakemake), 1, [net] if net else []) as device:
        photos = find_people(
            people,
            Path(album.root),
            Detector.load(detector_file(definition["detector"]), device),
            Embedding.load(net, device) if net else None,
            definition["min_face"],
            job.progress(sum(map(len, people.values())), "photos"),
            snakemake.threads,
            device,
        )
    write_faces(path, photos)
