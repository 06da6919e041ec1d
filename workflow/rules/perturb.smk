# The user's side: one file per user strategy and shard of the attacked heads.

# Which heads are perturbed.
SHARD = {
    "subset": STUDY.subset,
    "enrolled": lambda wildcards: enrolled(shard(wildcards).direction),
    "range": lambda wildcards: shard(wildcards)[1:],
}
# And against whom.
PERTURBED = {
    "against": lambda wildcards: [STUDY.recogniser(r) for r in against(wildcards)],
    # Taking `input` keeps the param untracked: what files hold counts, and not where they are.
    "source": lambda wildcards, input: STUDY.source(wildcards.user),
    **SHARD,
}


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
        **PERTURBED,
        provenance=lambda wildcards: STUDY.user_made(
            wildcards.user, shard(wildcards).direction
        ),
        purpose="attacked",
    script:
        "../scripts/perturb.py"


# What adversarially trained recognisers learn from: heads that are not attacked, perturbed likewise.
use rule perturb as lesson with:
    output:
        perturbation=f"{RESULTS}/lessons/{{user}}/{{purpose}}/{{shard}}.h5",
        card=f"{RESULTS}/lessons/{{user}}/{{purpose}}/{{shard}}.json",
    log:
        f"{LOGS}/lesson/{{user}}/{{purpose}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/lesson/{{user}}/{{purpose}}/{{shard}}.tsv"
    cache: is_cached("lesson")
    params:
        **PERTURBED,
        provenance=lambda wildcards: STUDY.lesson_made(
            wildcards.user, wildcards.purpose, shard(wildcards).direction
        ),
        purpose=lambda wildcards: wildcards.purpose,


# What recognisers learn of a game's user: each head perturbed by a strategy drawn from the mixture.
rule draw_lesson:
    input:
        unpack(draw_input),
    output:
        perturbation=f"{RESULTS}/drawn_lessons/{{recogniser}}/{{purpose}}/{{shard}}.h5",
        card=f"{RESULTS}/drawn_lessons/{{recogniser}}/{{purpose}}/{{shard}}.json",
    log:
        f"{LOGS}/draw_lesson/{{recogniser}}/{{purpose}}/{{shard}}.log",
    benchmark:
        f"{BENCHMARKS}/draw_lesson/{{recogniser}}/{{purpose}}/{{shard}}.tsv"
    cache: is_cached("draw_lesson")
    conda:
        "../../envs/aip.yaml"
    params:
        **SHARD,
        recognisers=lambda wildcards: {
            name: STUDY.recogniser(name) for name in drawn_against(wildcards)
        },
        answers=drawn_answers,
        sources=lambda wildcards, input: {
            user: STUDY.source(user) for user in drawable(wildcards)
        },
        provenance=lambda wildcards: STUDY.drawn_lesson_made(
            wildcards.recogniser, wildcards.purpose, shard(wildcards).direction
        ),
        purpose=lambda wildcards: wildcards.purpose,
    script:
        "../scripts/draw_lesson.py"
