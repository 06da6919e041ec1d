# The map of a study: what is made, from what, in which order. `snakemake --cores N` makes it all;
# naming a file below results/ makes that file and what it needs.

import os

# The config in this folder, else the one beside this file.
HERE, BESIDE = "config.yaml", f"{workflow.basedir}/config.yaml"
BASE = HERE if os.path.exists(HERE) else BESIDE


configfile: BASE


include: "workflow/rules/common.smk"
include: "workflow/rules/inputs.smk"


rule all:
    input:
        f"{RESULTS}/report/summary.txt",


# Photos and their index, then the heads in them.
include: "workflow/rules/album.smk"
include: "workflow/rules/heads.smk"
# Weights that nets start from, fetched by name.
include: "workflow/rules/weights.smk"
# Who recognises: net, features, SVM.
include: "workflow/rules/recogniser.smk"
# Who perturbs: one file per user strategy and shard.
include: "workflow/rules/perturb.smk"
# Where they meet: one file per pair of strategies.
include: "workflow/rules/cells.smk"
# Payoff tables and their equilibria.
include: "workflow/rules/games.smk"
# Games that grew.
include: "workflow/rules/growth.smk"
# What visibility is worth.
include: "workflow/rules/frontier.smk"
# Pictures and the summary.
include: "workflow/rules/report.smk"


# With --cache, what takes long is fetched if another study has made it, and not measured.
without_benchmark("train", "perturb", "lesson", "draw_lesson")


onstart:
    begin()


onsuccess:
    announce()
