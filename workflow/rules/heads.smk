# Head boxes cut out of photos.


rule heads:
    input:
        **ALBUM,
    output:
        heads=f"{RESULTS}/heads.h5",
    params:
        definition=STUDY.heads,
        fingerprint=STUDY.heads_fingerprint,
        seed=STUDY.seed,
        folder=str(STUDY.album_folder),
    log:
        f"{LOGS}/heads.log",
    conda:
        "../../envs/aip.yaml"
    script:
        "../scripts/heads.py"
