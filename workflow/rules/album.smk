# Photos, their index, and what it misses.

ALBUM = {
    "index": f"{RESULTS}/album/index.csv",
    "missing": f"{RESULTS}/album/missing.csv",
}
if STUDY.photo_folder:
    ALBUM["photos"] = str(STUDY.photo_folder)


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
            definition={
                "archive": STUDY.release.archive,
                "sha256": STUDY.release.sha256,
            },
            fingerprint=STUDY.release_fingerprint,
            seed=0,  # as other studies have it, which share the release
        script:
            "../scripts/release.py"


rule album:
    input:
        **(RELEASE if STUDY.album["source"] == "authors" else {}),
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
        definition=STUDY.album,
        fingerprint=STUDY.album_fingerprint,
        seed=STUDY.seed,
    script:
        "../scripts/album.py"
