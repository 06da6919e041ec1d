# The user's side: one file per user strategy and shard of the attacked heads.


def perturb_input(wildcards):
    """The heads, and the recogniser that the strategy perturbs against, if it knows of one."""
    against = STUDY.users[wildcards.user].get("against")
    return {
        "heads": f"{RESULTS}/heads.h5",
        **(recogniser_files(against) if against else {}),
    }


def perturb_recogniser(wildcards):
    """The definition of the recogniser that the strategy perturbs against."""
    against = STUDY.users[wildcards.user].get("against")
    return STUDY.recogniser(against) if against else None


rule perturb:
    input:
        unpack(perturb_input),
    output:
        f"{RESULTS}/perturbations/{{user}}/{{shard}}.h5",
    params:
        definition=lambda wildcards: STUDY.users[wildcards.user],
        fingerprint=lambda wildcards: STUDY.user_fingerprint(wildcards.user),
        seed=STUDY.seed,
        recogniser=perturb_recogniser,
        subset=STUDY.subset,
        range=lambda wildcards: STUDY.shards[wildcards.shard],
    log:
        f"{LOGS}/perturb/{{user}}/{{shard}}.log",
    conda:
        "../../envs/aip.yaml"
    script:
        "../scripts/perturb.py"
