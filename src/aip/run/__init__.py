"""Code that is meaningless without Snakemake: jobs, plans, costs and records."""
