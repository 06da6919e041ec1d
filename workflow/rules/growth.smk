# Games that grew: what each round added and gained.

GROWTH = f"{RESULTS}/growth/{{growth}}"


rule growth:
    input:
        unpack(growth_input),
    output:
        rounds=f"{GROWTH}/growth.csv",
        picture=report(
            f"{GROWTH}/growth.svg",
            caption="../report/growth.rst",
            category="Games",
            labels={"growth": "{growth}"},
        ),
        summary=f"{GROWTH}/summary.txt",
    log:
        f"{LOGS}/growth/{{growth}}.log",
    benchmark:
        f"{BENCHMARKS}/growth/{{growth}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.growth_made(wildcards.growth),
    script:
        "../scripts/growth.py"
