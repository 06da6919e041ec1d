# Photos, their index, and what it misses.

ALBUM = {
    "index": f"{RESULTS}/album/index.csv",
    "missing": f"{RESULTS}/album/missing.csv",
}
if STUDY.photo_folder:
    ALBUM["photos"] = str(STUDY.photo_folder)


# The table of the faces in the photos, where heads are found.
FACES = {"faces": f"{RESULTS}/album/faces.csv"} if STUDY.faces else {}


if STUDY.needs_release:

    rule release:
        output:
            RELEASE["release"],
        log:
            f"{LOGS}/release.log",
        benchmark:
            f"{BENCHMARKS}/release.tsv"
        conda:
            "../../envs/aip.yaml"
        params:
            provenance=STUDY.release_made,
        script:
            "../scripts/release.py"


if STUDY.faces:

    rule faces:
        input:
            unpack(faces_input),
        output:
            FACES["faces"],
        log:
            f"{LOGS}/faces.log",
        benchmark:
            f"{BENCHMARKS}/faces.tsv"
        conda:
            "../../envs/aip.yaml"
        threads: 4
        params:
            provenance=STUDY.faces_made,
        script:
            "../scripts/faces.py"


rule album:
    input:
        **(RELEASE if STUDY.album["source"] == "authors" else {}),
        **FACES,
    output:
        **{
            key: directory(path) if key == "photos" else path
            for key, path in ALBUM.items()
        },
    log:
        f"{LOGS}/album.log",
    benchmark:
        f"{BENCHMARKS}/album.tsv"
    conda:
        "../../envs/aip.yaml"
    threads: 8
    params:
        provenance=STUDY.album_made,
    script:
        "../scripts/album.py"
