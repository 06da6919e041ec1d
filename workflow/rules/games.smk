# Games: payoff tables, their equilibria, and both for print; tables that are not solved.

GAME = f"{RESULTS}/games/{{game}}"


rule table:
    input:
        unpack(game_input),
    output:
        table=f"{GAME}/payoff.csv",
        outcomes=f"{GAME}/outcomes.h5",
        perceptibility=f"{GAME}/perceptibility.csv",
    log:
        f"{LOGS}/table/{{game}}.log",
    benchmark:
        f"{BENCHMARKS}/table/{{game}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.table_made(wildcards.game),
    script:
        "../scripts/table.py"


rule solve:
    input:
        table=f"{GAME}/payoff.csv",
        outcomes=ancient(f"{GAME}/outcomes.h5"),
        perceptibility=f"{GAME}/perceptibility.csv",
    output:
        equilibrium=f"{GAME}/equilibrium.json",
        markdown=f"{GAME}/table.md",
        latex=f"{GAME}/table.tex",
    log:
        f"{LOGS}/solve/{{game}}.log",
    benchmark:
        f"{BENCHMARKS}/solve/{{game}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.equilibrium_made(wildcards.game),
    script:
        "../scripts/solve.py"


# The mixtures alone, for who answers the game: all else in its equilibrium changes no response.
rule mix:
    input:
        unpack(mix_input),
    output:
        f"{GAME}/mixtures.json",
    log:
        f"{LOGS}/mix/{{game}}.log",
    benchmark:
        f"{BENCHMARKS}/mix/{{game}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.mixtures_made(wildcards.game),
    script:
        "../scripts/mix.py"


rule payoff:
    input:
        table=f"{GAME}/payoff.csv",
        equilibrium=f"{GAME}/equilibrium.json",
    output:
        report(
            f"{GAME}/payoff.svg",
            caption="../report/payoff.rst",
            category="Games",
            labels={"game": "{game}"},
        ),
        f"{GAME}/payoff.png",
    log:
        f"{LOGS}/payoff/{{game}}.log",
    benchmark:
        f"{BENCHMARKS}/payoff/{{game}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.payoff_made(wildcards.game),
    script:
        "../scripts/payoff.py"


rule tabulate:
    input:
        unpack(table_input),
    output:
        rates=f"{RESULTS}/tables/{{table}}/rates.csv",
        markdown=f"{RESULTS}/tables/{{table}}/table.md",
        latex=f"{RESULTS}/tables/{{table}}/table.tex",
    log:
        f"{LOGS}/tabulate/{{table}}.log",
    benchmark:
        f"{BENCHMARKS}/tabulate/{{table}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.overview_made(wildcards.table),
    script:
        "../scripts/tabulate.py"
