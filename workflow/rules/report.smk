# What people look at: contact sheets, learning curves, the page, the summary.

# Strategies and recognisers that some game or table holds.
SHOWN = [*STUDY.games.values(), *STUDY.tables.values()]
SHOWN_USERS = sorted(
    {
        user
        for shown in SHOWN
        for row in shown.get("cells", [shown["user"]])
        for user in row
    }
)
SHOWN_RECOGNISERS = sorted(
    {
        STUDY.recogniser_strategies[recogniser_strategy]["recogniser"]
        for shown in SHOWN
        for recogniser_strategy in [*shown["recogniser"], *shown.get("outside", [])]
    }
)
LEARNT = sorted(
    {
        name
        for name in map(STUDY.net_owner, SHOWN_RECOGNISERS)
        if STUDY.recogniser(name)["training"]["epochs"]
    }
)


rule sheet:
    input:
        unpack(sheet_input),
    output:
        report(
            f"{RESULTS}/report/sheets/{{user}}.png",
            caption="../report/sheet.rst",
            category="Contact sheets",
            labels={"user strategy": "{user}"},
        ),
    log:
        f"{LOGS}/sheet/{{user}}.log",
    benchmark:
        f"{BENCHMARKS}/sheet/{{user}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.sheet_made(wildcards.user),
        detector=lambda wildcards: detector(STUDY.seen_by(wildcards.user)),
        seen_by=lambda wildcards: STUDY.seen_by(wildcards.user),
        recogniser=lambda wildcards: STUDY.recogniser(STUDY.seen_by(wildcards.user)),
    script:
        "../scripts/sheet.py"


rule curve:
    input:
        f"{RECOGNISER}/curve.csv",
    output:
        report(
            f"{RECOGNISER}/curve.svg",
            caption="../report/curve.rst",
            category="Recognisers",
            labels={"recogniser": "{recogniser}"},
        ),
    log:
        f"{LOGS}/curve/{{recogniser}}.log",
    benchmark:
        f"{BENCHMARKS}/curve/{{recogniser}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.curve_made(wildcards.recogniser),
    script:
        "../scripts/curve.py"


SHOWN_GAMES = shown.games(STUDY)
SHOWN_GROWTH = shown.growth(STUDY)

# What a study finds. When all of it is there, the costs are gathered.
FOUND = {
    "heads": f"{RESULTS}/heads.json",
    "games": expand(
        f"{RESULTS}/games/{{game}}/{{file}}",
        game=SHOWN_GAMES,
        file=["payoff.csv", "equilibrium.json", "table.md", "payoff.svg"],
    ),
    "growth": expand(
        f"{RESULTS}/growth/{{growth}}/{{file}}",
        growth=SHOWN_GROWTH,
        file=["growth.csv", "growth.svg", "summary.txt"],
    ),
    "frontier": expand(
        f"{RESULTS}/frontier/{{frontier}}/{{file}}",
        frontier=STUDY.frontier,
        file=["frontier.csv", "frontier.svg", "summary.txt"],
    ),
    "tables": expand(f"{RESULTS}/tables/{{table}}/table.md", table=STUDY.tables),
    "sheets": expand(f"{RESULTS}/report/sheets/{{user}}.png", user=SHOWN_USERS),
    "cards": expand(
        f"{RESULTS}/recognisers/{{recogniser}}/{{card}}",
        recogniser=SHOWN_RECOGNISERS,
        card=[svm_files(direction)[1] for direction in STUDY.directions],
    ),
    "curves": expand(
        f"{RESULTS}/recognisers/{{recogniser}}/curve.svg",
        recogniser=LEARNT,
    ),
    "page_heads": ancient(
        expand(f"{RESULTS}/report/heads/{{user}}", user=shown.met(STUDY))
    ),
    "page_abouts": expand(
        f"{RESULTS}/report/heads/{{user}}.json", user=shown.met(STUDY)
    ),
}


# No measured time may make anything again. So benchmarks are not inputs, and the param `work` takes
# `input`, which keeps it untracked.
rule costs:
    input:
        **FOUND,
    output:
        f"{RESULTS}/costs.csv",
    log:
        f"{LOGS}/costs.log",
    benchmark:
        f"{BENCHMARKS}/costs.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=STUDY.costs_made,
        benchmarks=BENCHMARKS,
        work=lambda wildcards, input: work(STUDY),
    script:
        "../scripts/costs.py"


rule page_heads:
    input:
        unpack(page_heads_input),
    output:
        heads=directory(f"{RESULTS}/report/heads/{{user}}"),
        about=f"{RESULTS}/report/heads/{{user}}.json",
    log:
        f"{LOGS}/page_heads/{{user}}.log",
    benchmark:
        f"{BENCHMARKS}/page_heads/{{user}}.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=lambda wildcards: STUDY.page_heads_made(wildcards.user),
    script:
        "../scripts/page_heads.py"


# No change of a file's place alone may make the page again, so `files` is untracked, too.
rule page:
    input:
        games=FOUND["games"],
        outcomes=ancient(
            expand(f"{RESULTS}/games/{{game}}/outcomes.h5", game=SHOWN_GAMES)
        ),
        growth=FOUND["growth"],
        frontier=FOUND["frontier"],
        cards=FOUND["cards"],
        tables=expand(f"{RESULTS}/tables/{{table}}/rates.csv", table=STUDY.tables),
        curves=expand(
            f"{RESULTS}/recognisers/{{recogniser}}/curve.csv", recogniser=LEARNT
        ),
        heads=FOUND["page_heads"],
        about=FOUND["page_abouts"],
        costs=f"{RESULTS}/costs.csv",
    output:
        f"{RESULTS}/report/index.html",
    log:
        f"{LOGS}/page.log",
    benchmark:
        f"{BENCHMARKS}/page.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=STUDY.page_made,
        files=lambda wildcards, input: shown.files(STUDY),
    script:
        "../scripts/page.py"


rule summary:
    input:
        **FOUND,
        costs=f"{RESULTS}/costs.csv",
        page=f"{RESULTS}/report/index.html",
    output:
        f"{RESULTS}/report/summary.txt",
    log:
        f"{LOGS}/summary.log",
    benchmark:
        f"{BENCHMARKS}/summary.tsv"
    conda:
        "../../envs/aip.yaml"
    params:
        provenance=STUDY.summary_made,
        study=STUDY.name,
        games=[f"{RESULTS}/games/{game}" for game in SHOWN_GAMES],
        growth=[f"{RESULTS}/growth/{name}" for name in SHOWN_GROWTH],
        frontier=[f"{RESULTS}/frontier/{name}" for name in STUDY.frontier],
        tables=[f"{RESULTS}/tables/{table}" for table in STUDY.tables],
    script:
        "../scripts/summary.py"
