# Cells: one file per user strategy and recogniser strategy.


def response_recogniser(wildcards):
    """The name of the recogniser that a recogniser strategy scores with."""
    return STUDY.responses[wildcards.response]["recogniser"]


def cell_input(wildcards):
    """The heads, the recogniser that scores, and every shard of the user strategy."""
    return {
        "heads": f"{RESULTS}/heads.h5",
        "perturbations": perturbations(wildcards.user),
        **recogniser_files(response_recogniser(wildcards)),
    }


rule cell:
    input:
        unpack(cell_input),
    output:
        f"{RESULTS}/cells/{{user}}/{{response}}.h5",
    params:
        definition=lambda wildcards: STUDY.responses[wildcards.response],
        fingerprint=lambda wildcards: STUDY.cell_fingerprint(
            wildcards.user, wildcards.response
        ),
        seed=STUDY.seed,
        recogniser=lambda wildcards: STUDY.recogniser(response_recogniser(wildcards)),
        heads=STUDY.attacked_heads,
    log:
        f"{LOGS}/cell/{{user}}/{{response}}.log",
    conda:
        "../../envs/aip.yaml"
    script:
        "../scripts/cell.py"
