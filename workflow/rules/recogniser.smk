# Recognisers: a net taught on the train subset, its features, an SVM on the enrolled heads.


rule train:
    input:
        **HEADS,
    output:
        net=f"{RECOGNISER}/net.pt",
        curve=f"{RECOGNISER}/curve.csv",
    log:
        f"{LOGS}/train/{{recogniser}}.log",
    conda:
        "../../envs/aip.yaml"
    threads: lambda wildcards: STUDY.recogniser(wildcards.recogniser)["training"]["lanes"]
    params:
        definition=lambda wildcards: STUDY.recogniser(wildcards.recogniser),
        fingerprint=lambda wildcards: STUDY.net_fingerprint(wildcards.recogniser),
        seed=STUDY.seed,
    script:
        "../scripts/train.py"


rule features:
    input:
        **HEADS,
        net=ancient(f"{RECOGNISER}/net.pt"),
        curve=f"{RECOGNISER}/curve.csv",
    output:
        features=f"{RECOGNISER}/features.h5",
    log:
        f"{LOGS}/features/{{recogniser}}.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.recogniser(wildcards.recogniser),
        fingerprint=lambda wildcards: STUDY.recogniser_fingerprint(wildcards.recogniser),
        seed=STUDY.seed,
    script:
        "../scripts/features.py"


rule svm:
    input:
        features=f"{RECOGNISER}/features.h5",
        net=ancient(f"{RECOGNISER}/net.pt"),
        curve=f"{RECOGNISER}/curve.csv",
    output:
        svm=f"{RECOGNISER}/svm.h5",
        card=f"{RECOGNISER}/card.json",
    log:
        f"{LOGS}/svm/{{recogniser}}.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.recogniser(wildcards.recogniser),
        fingerprint=lambda wildcards: STUDY.recogniser_fingerprint(wildcards.recogniser),
        seed=STUDY.seed,
    script:
        "../scripts/svm.py"
