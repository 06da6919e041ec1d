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
