# What visibility is worth: the guarantee of one game per epsilon.

FRONTIER = f"{RESULTS}/frontier/{{frontier}}"


rule frontier:
    input:
        unpack(frontier_input),
    output:
        points=f"{FRONTIER}/frontier.csv",
        picture=report(
            f"{FRONTIER}/frontier.svg",
            caption="../report/frontier.rst",
            category="Games",
            labels={"frontier": "{frontier}"},
        ),
        summary=f"{FRONTIER}/summary.txt",
    log:
        f"{LOGS}/frontier/{{frontier}}.log",
    benchmark:
        f"{BENCHMARKS}/frontier/{{frontier}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.frontier_made(wildcards.frontier),
    script:
        "../scripts/frontier.py"
