# Head boxes cut out of photos.


rule heads:
    input:
        **{
            key: ancient(path) if key == "photos" else path
            for key, path in ALBUM.items()
        },
    output:
        heads=f"{RESULTS}/heads.h5",
        card=f"{RESULTS}/heads.json",
    log:
        f"{LOGS}/heads.log",
    benchmark:
        f"{BENCHMARKS}/heads.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=STUDY.heads_made,
    script:
        "../scripts/heads.py"


# Where the faces in them look from, for recognisers that align heads.
if STUDY.aligns(*STUDY.recognisers):

    rule landmarks:
        input:
            **HEADS,
            **weights_input(STUDY.detector_weights),
        output:
            landmarks=f"{RESULTS}/landmarks.h5",
            card=f"{RESULTS}/landmarks.json",
        log:
            f"{LOGS}/landmarks.log",
        benchmark:
            f"{BENCHMARKS}/landmarks.tsv"
        conda:
            "../../envs/aip.yaml"
        params:
            provenance=STUDY.landmarks_made,
        script:
            "../scripts/landmarks.py"
