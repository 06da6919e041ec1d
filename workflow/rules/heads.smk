# Head boxes cut out of photos.


rule heads:
    input:
        **ALBUM,
    output:
        heads=f"{RESULTS}/heads.h5",
    log:
        f"{LOGS}/heads.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=STUDY.heads,
        fingerprint=STUDY.heads_fingerprint,
        seed=STUDY.seed,
    script:
        "../scripts/heads.py"
