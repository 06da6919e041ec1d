# The user's side: one file per user strategy and shard of the attacked heads.


rule perturb:
    input:
        unpack(perturb_input),
    output:
        perturbation=f"{RESULTS}/perturbations/{{user}}/{{shard}}.h5",
        card=f"{RESULTS}/perturbations/{{user}}/{{shard}}.json",
    log:
        f"{LOGS}/perturb/{{user}}/{{shard}}.log",
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.users[wildcards.user],
        fingerprint=lambda wildcards: STUDY.user_fingerprint(wildcards.user),
        seed=STUDY.seed,
        recogniser=perturb_recogniser,
        subset=STUDY.subset,
        range=lambda wildcards: STUDY.shards[wildcards.shard],
    script:
        "../scripts/perturb.py"
