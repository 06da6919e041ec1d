"""What a killed run leaves behind: Snakemake's lock, and how it goes."""

INDEX = "results/smoke/album/index.csv"


def test_the_lock_of_a_killed_run_is_named_with_what_removes_it(make_workflow):
    workflow = make_workflow()
    locks = workflow.folder / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text(f"{INDEX}\n")
    said = " ".join(workflow.fails(INDEX).split())
    assert "Directory cannot be locked" in said
    assert "It can be removed with the --unlock argument" in said
    assert not (workflow.folder / INDEX).exists()
    workflow.run("--unlock")
    assert not locks.exists()
    workflow.run(INDEX)
    assert (workflow.folder / INDEX).exists()
