# Cells: one file per user strategy and recogniser strategy.


rule cell:
    input:
        unpack(cell_input),
    output:
        f"{RESULTS}/cells/{{user}}/{{response}}.h5",
    log:
        f"{LOGS}/cell/{{user}}/{{response}}.log",
    benchmark:
        f"{BENCHMARKS}/cell/{{user}}/{{response}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        definition=lambda wildcards: STUDY.responses[wildcards.response],
        fingerprint=lambda wildcards: STUDY.cell_fingerprint(
            wildcards.user, wildcards.response
        ),
        seed=STUDY.seed,
        recogniser=lambda wildcards: STUDY.recogniser(response_recogniser(wildcards)),
        heads=STUDY.attacked_heads,
        svm=[
            STUDY.directions.index(direction)
            for direction, _, _ in STUDY.shards("attacked").values()
        ],
    script:
        "../scripts/cell.py"
