# Cells: one file per user strategy and recogniser strategy.


rule cell:
    input:
        unpack(cell_input),
    output:
        f"{RESULTS}/cells/{{user}}/{{recogniser_strategy}}.h5",
    log:
        f"{LOGS}/cell/{{user}}/{{recogniser_strategy}}.log",
    benchmark:
        f"{BENCHMARKS}/cell/{{user}}/{{recogniser_strategy}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.cell_made(
            wildcards.user, wildcards.recogniser_strategy
        ),
        detector=lambda wildcards: detector(scoring_recogniser(wildcards)),
        recogniser=lambda wildcards: STUDY.recogniser(scoring_recogniser(wildcards)),
        heads=STUDY.attacked_heads,
        # One per shard. Taking `input` keeps the param untracked, since shards change no cell.
        svm=lambda wildcards, input: [
            STUDY.directions.index(direction)
            for direction, _, _ in STUDY.shards("attacked").values()
        ],
    script:
        "../scripts/cell.py"


# Of columns that enrol clean heads, no user strategy changes the impostor scores.
SOMEBODY = next(iter(STUDY.user_strategies))


# Who was not enrolled, to take thresholds on; only where a payoff has one.
rule impostors:
    input:
        unpack(
            lambda wildcards: {
                **HEADS,
                **column_files(wildcards.recogniser_strategy, None),
            }
        ),
    output:
        f"{RESULTS}/impostors/{{recogniser_strategy}}.h5",
    log:
        f"{LOGS}/impostors/{{recogniser_strategy}}.log",
    benchmark:
        f"{BENCHMARKS}/impostors/{{recogniser_strategy}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.impostors_made(
            SOMEBODY, wildcards.recogniser_strategy
        ),
        recogniser=lambda wildcards: STUDY.recogniser(scoring_recogniser(wildcards)),
        detector=lambda wildcards: detector(scoring_recogniser(wildcards)),
        heads=STUDY.other_heads,
        splits=[1 - enrolled(direction) for direction in STUDY.directions],
    script:
        "../scripts/impostors.py"


# The same where a column enrols what a user strategy publishes.
use rule impostors as enrolled_impostors with:
    input:
        unpack(
            lambda wildcards: {
                **HEADS,
                **column_files(wildcards.recogniser_strategy, wildcards.user),
            }
        ),
    output:
        f"{RESULTS}/impostors/{{recogniser_strategy}}/{{user}}.h5",
    log:
        f"{LOGS}/enrolled_impostors/{{recogniser_strategy}}/{{user}}.log",
    benchmark:
        f"{BENCHMARKS}/enrolled_impostors/{{recogniser_strategy}}/{{user}}.tsv"
    params:
        provenance=lambda wildcards: STUDY.impostors_made(
            wildcards.user, wildcards.recogniser_strategy
        ),
        recogniser=lambda wildcards: STUDY.recogniser(scoring_recogniser(wildcards)),
        detector=lambda wildcards: detector(scoring_recogniser(wildcards)),
        heads=STUDY.other_heads,
        splits=[1 - enrolled(direction) for direction in STUDY.directions],
