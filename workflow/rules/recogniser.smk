# Recognisers: a net taught on the train subset, its features, and for each direction a classifier of
# the enrolled heads, an SVM unless the config says otherwise.


rule train:
    input:
        unpack(train_input),
    output:
        net=f"{RECOGNISER}/net.pt",
        curve=f"{RECOGNISER}/curve.csv",
    log:
        f"{LOGS}/train/{{recogniser}}.log",
    benchmark:
        f"{BENCHMARKS}/train/{{recogniser}}.tsv"
    cache: is_cached("train")
    conda:
        "../../envs/aip.yaml"
    threads: lambda wildcards: STUDY.recogniser(wildcards.recogniser)["training"]["lanes"]
    params:
        provenance=lambda wildcards: STUDY.net_made(wildcards.recogniser),
        detector=lambda wildcards: (
            detector(wildcards.recogniser) if is_taught(wildcards.recogniser) else None
        ),
    script:
        "../scripts/train.py"


if RELEASED_NETS:

    rule released_net:
        input:
            **RELEASE,
        output:
            net=f"{RECOGNISER}/net.pt",
            curve=f"{RECOGNISER}/curve.csv",
        log:
            f"{LOGS}/released_net/{{recogniser}}.log",
        benchmark:
            f"{BENCHMARKS}/released_net/{{recogniser}}.tsv"
        wildcard_constraints:
            recogniser="|".join(RELEASED_NETS),
        conda:
            "../../envs/aip.yaml"
        params:
            provenance=lambda wildcards: STUDY.net_made(wildcards.recogniser),
        script:
            "../scripts/released_net.py"

    ruleorder: released_net > train


rule features:
    input:
        unpack(
            lambda wildcards: {
                **HEADS,
                **net_files(wildcards.recogniser),
                **landmark_files(wildcards.recogniser),
                **lesson_files(wildcards.recogniser, "enrolled"),
            }
        ),
    output:
        features=f"{RECOGNISER}/features.h5",
    log:
        f"{LOGS}/features/{{recogniser}}.log",
    benchmark:
        f"{BENCHMARKS}/features/{{recogniser}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.features_made(wildcards.recogniser),
        detector=lambda wildcards: detector(wildcards.recogniser),
        subset=STUDY.subset,
    script:
        "../scripts/features.py"


rule svm:
    input:
        unpack(lambda wildcards: net_files(wildcards.recogniser)),
        features=f"{RECOGNISER}/features.h5",
    output:
        svm=f"{RECOGNISER}/svm{{suffix}}.h5",
        card=f"{RECOGNISER}/card{{suffix}}.json",
    log:
        f"{LOGS}/svm/{{recogniser}}{{suffix}}.log",
    benchmark:
        f"{BENCHMARKS}/svm/{{recogniser}}{{suffix}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.recogniser_made(
            wildcards.recogniser, direction(wildcards)
        ),
        enrolled=lambda wildcards: enrolled(direction(wildcards)),
    script:
        "../scripts/svm.py"


# Who enrols what a user strategy publishes: its enrolled heads are lessons of that strategy alone.
use rule features as enrolled_features with:
    input:
        unpack(
            lambda wildcards: {
                **HEADS,
                **net_files(wildcards.recogniser),
                **published_files([f"lessons/{wildcards.user}"], "enrolled"),
            }
        ),
    output:
        features=f"{RECOGNISER}/enrolled/{{user}}/features.h5",
    log:
        f"{LOGS}/enrolled_features/{{recogniser}}/{{user}}.log",
    benchmark:
        f"{BENCHMARKS}/enrolled_features/{{recogniser}}/{{user}}.tsv"
    params:
        provenance=lambda wildcards: STUDY.enrolled_features_made(
            wildcards.recogniser, wildcards.user
        ),
        subset=STUDY.subset,


use rule svm as enrolled_svm with:
    input:
        unpack(lambda wildcards: net_files(wildcards.recogniser)),
        features=f"{RECOGNISER}/enrolled/{{user}}/features.h5",
    output:
        svm=f"{RECOGNISER}/enrolled/{{user}}/svm{{suffix}}-{{enrols}}.h5",
        card=f"{RECOGNISER}/enrolled/{{user}}/card{{suffix}}-{{enrols}}.json",
    log:
        f"{LOGS}/enrolled_svm/{{recogniser}}/{{user}}/{{enrols}}{{suffix}}.log",
    benchmark:
        f"{BENCHMARKS}/enrolled_svm/{{recogniser}}/{{user}}/{{enrols}}{{suffix}}.tsv"
    params:
        provenance=lambda wildcards: STUDY.enrolled_made(
            wildcards.recogniser,
            wildcards.user,
            wildcards.enrols,
            direction(wildcards),
        ),
        enrolled=lambda wildcards: enrolled(direction(wildcards)),


if RELEASED_SVMS:

    rule released_svm:
        input:
            unpack(lambda wildcards: net_files(wildcards.recogniser)),
            **RELEASE,
            features=f"{RECOGNISER}/features.h5",
        output:
            svm=f"{RECOGNISER}/svm.h5",
            card=f"{RECOGNISER}/card.json",
        log:
            f"{LOGS}/released_svm/{{recogniser}}.log",
        benchmark:
            f"{BENCHMARKS}/released_svm/{{recogniser}}.tsv"
        wildcard_constraints:
            recogniser="|".join(RELEASED_SVMS),
        conda:
            "../../envs/aip.yaml"
        params:
            provenance=lambda wildcards: STUDY.recogniser_made(
                wildcards.recogniser, "0-1"
            ),
            split=f"{STUDY.subset}_{STUDY.album['split']}",
        script:
            "../scripts/released_svm.py"

    ruleorder: released_svm > svm


# A classifier of the train identities: a perturbation needs scores of the identities that it attacks.
use rule features as train_features with:
    input:
        unpack(
            lambda wildcards: {
                **HEADS,
                **net_files(wildcards.recogniser),
                **landmark_files(wildcards.recogniser),
            }
        ),
    output:
        features=f"{RECOGNISER}/train_features.h5",
    log:
        f"{LOGS}/train_features/{{recogniser}}.log",
    benchmark:
        f"{BENCHMARKS}/train_features/{{recogniser}}.tsv"
    params:
        provenance=lambda wildcards: STUDY.train_features_made(wildcards.recogniser),
        detector=lambda wildcards: detector(wildcards.recogniser),
        subset="train",


rule teacher:
    input:
        features=f"{RECOGNISER}/train_features.h5",
    output:
        f"{RECOGNISER}/teacher.h5",
    log:
        f"{LOGS}/teacher/{{recogniser}}.log",
    benchmark:
        f"{BENCHMARKS}/teacher/{{recogniser}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.teacher_made(wildcards.recogniser),
    script:
        "../scripts/teacher.py"
