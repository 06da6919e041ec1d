# Recognisers: a net taught on the train subset, its features, and for each direction an SVM on the
# enrolled heads.


def direction(wildcards):
    """The direction of an SVM, which its file's name says."""
    return next(name for name, way in WAYS.items() if way == wildcards.way)


rule train:
    input:
        unpack(train_input),
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
        unpack(
            lambda wildcards: {
                **HEADS,
                **net_files(wildcards.recogniser),
                **lesson_files(wildcards.recogniser, "enrolled"),
            }
        ),
    output:
        features=f"{RECOGNISER}/features.h5",
    log:
        f"{LOGS}/features/{{recogniser}}.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.recogniser(wildcards.recogniser),
        fingerprint=lambda wildcards: STUDY.features_fingerprint(wildcards.recogniser),
        seed=STUDY.seed,
        subset=STUDY.subset,
    script:
        "../scripts/features.py"


rule svm:
    input:
        unpack(
            lambda wildcards: {
                **net_files(wildcards.recogniser),
                **(
                    released(wildcards)
                    if "svm" in STUDY.recogniser(wildcards.recogniser)
                    else {}
                ),
            }
        ),
        features=f"{RECOGNISER}/features.h5",
    output:
        svm=f"{RECOGNISER}/svm{{way}}.h5",
        card=f"{RECOGNISER}/card{{way}}.json",
    log:
        f"{LOGS}/svm/{{recogniser}}{{way}}.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.recogniser(wildcards.recogniser),
        fingerprint=lambda wildcards: STUDY.recogniser_fingerprint(
            wildcards.recogniser, direction(wildcards)
        ),
        seed=STUDY.seed,
        enrolled=lambda wildcards: enrolled(direction(wildcards)),
        split="_".join(STUDY.album.get(key, "") for key in ("subset", "split")),
    script:
        "../scripts/svm.py"


# An SVM of the train identities: who they are must be known before they can be perturbed.
rule train_features:
    input:
        unpack(lambda wildcards: {**HEADS, **net_files(wildcards.recogniser)}),
    output:
        features=f"{RECOGNISER}/train_features.h5",
    log:
        f"{LOGS}/train_features/{{recogniser}}.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.recogniser(wildcards.recogniser),
        fingerprint=lambda wildcards: STUDY.teacher_fingerprint(wildcards.recogniser),
        seed=STUDY.seed,
        subset="train",
    script:
        "../scripts/features.py"


rule teacher:
    input:
        features=f"{RECOGNISER}/train_features.h5",
    output:
        f"{RECOGNISER}/teacher.h5",
    log:
        f"{LOGS}/teacher/{{recogniser}}.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.recogniser(wildcards.recogniser),
        fingerprint=lambda wildcards: STUDY.teacher_fingerprint(wildcards.recogniser),
        seed=STUDY.seed,
    script:
        "../scripts/teacher.py"
