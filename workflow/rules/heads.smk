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
