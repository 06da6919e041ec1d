# The user's side: one file per user strategy and shard of the attacked heads.


rule perturb:
    input:
        unpack(perturb_input),
    output:
        perturbation=f"{RESULTS}/perturbations/{{user}}/{{shard}}.h5",
        card=f"{RESULTS}/perturbations/{{user}}/{{shard}}.json",
    log:
        f"{LOGS}/perturb/{{user}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/perturb/{{user}}/{{shard}}.tsv"
    cache: is_cached("perturb")
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.users[wildcards.user],
        fingerprint=lambda wildcards: STUDY.user_fingerprint(
            wildcards.user, shard(wildcards).direction
        ),
        seed=STUDY.seed,
        against=lambda wildcards: [STUDY.recogniser(r) for r in against(wildcards)],
        subset=STUDY.subset,
        part="attacked",
        enrolled=lambda wildcards: enrolled(shard(wildcards).direction),
        range=lambda wildcards: shard(wildcards)[1:],
    script:
        "../scripts/perturb.py"


# What recognisers that know learn from: heads that are not attacked, perturbed likewise.
rule lesson:
    input:
        unpack(perturb_input),
    output:
        perturbation=f"{RESULTS}/lessons/{{user}}/{{part}}/{{shard}}.h5",
        card=f"{RESULTS}/lessons/{{user}}/{{part}}/{{shard}}.json",
    log:
        f"{LOGS}/lesson/{{user}}/{{part}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/lesson/{{user}}/{{part}}/{{shard}}.tsv"
    cache: is_cached("lesson")
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.users[wildcards.user],
        fingerprint=lambda wildcards: STUDY.lesson_fingerprint(
            wildcards.user, wildcards.part, shard(wildcards).direction
        ),
        seed=STUDY.seed,
        against=lambda wildcards: [STUDY.recogniser(r) for r in against(wildcards)],
        subset=STUDY.subset,
        part=lambda wildcards: wildcards.part,
        enrolled=lambda wildcards: enrolled(shard(wildcards).direction),
        range=lambda wildcards: shard(wildcards)[1:],
    script:
        "../scripts/perturb.py"
