"""What a person sees of a run: in a terminal, in a file, and when jobs fail."""

import fcntl
import io
import logging
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from aip.errors import BadInput
from aip.run.job import SHOWN, running
from snakemake_logger_plugin_terminal import LogHandler
from snakemake_logger_plugin_terminal.running import Running, seconds_left
from standins import checkout

CELLS = [f"results/smoke/cells/gaman/{name}.h5" for name in ("blur", "proc")]
SHARD = "results/smoke/perturbations/gaman/000000-000006.h5"


def in_terminal(workflow, *arguments, interrupt=None):
    """Run in a terminal of 80 columns; return the exit code, all that it was sent, what is on it.

    Ctrl-C is pressed once `interrupt` was seen.
    """
    command = [sys.executable, "-m", "snakemake", "--cores", "2", *arguments]
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(workflow.folder)
        environment = checkout.environment(TERM="xterm")
        os.execvpe(command[0], [*command, "--configfile", workflow.configfile], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    sent = ""
    while True:
        try:
            some = os.read(terminal, 65536)
        except OSError:  # the other end is closed
            break
        sent += some.decode()
        if interrupt and interrupt in sent:
            os.write(terminal, b"\x03")
            interrupt = None
    os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), sent, screen(sent)


def screen(sent):
    """Return the lines that stay on a terminal, which knows of \\r and of clearing to the end."""
    lines = []
    for line in sent.replace("\r\n", "\n").split("\n"):
        shown = ""
        for part in line.split("\r"):
            text, _, after = part.partition("\033[K")
            shown = text + after if "\033[K" in part else part + shown[len(part) :]
        lines.append(shown)
    return [line for line in lines if line]


def drawn(sent):
    """Return every state of the live line."""
    return [line for line in re.findall(r"\r([^\r\n\033]*)\033\[K", sent) if line]


@pytest.fixture
def damaged(study):
    """A finished study that has two cells to make again, and a shard that neither can read."""
    path = study.folder / SHARD
    path.write_bytes(path.read_bytes()[:1000])
    for cell in CELLS:
        (study.folder / cell).unlink()
    return study


def test_a_terminal_shows_one_line_and_at_the_end_the_summary(study):
    results = study.folder / "results/smoke"
    for missing in ("cells/gaman/blur.h5", "games/table4/payoff.csv", "report/summary.txt"):
        (results / missing).unlink()
    code, sent, last = in_terminal(study)
    assert code == 0
    states = drawn(sent)
    assert {len(state) < 80 for state in states} == {True}
    assert any("cell gaman blur" in state for state in states)
    assert any(re.search(r"of 9 jobs done.*: \w", state) for state in states)
    summary = (results / "report/summary.txt").read_text().split("\n")
    assert last[-len(list(filter(None, summary))) :] == list(filter(None, summary))
    assert re.fullmatch(r"9 of 9 jobs done in \d+ s", last[1])
    assert "rule cell:" not in sent
    *_, log = sorted((study.folder / ".snakemake/log").glob("*.log"))
    assert "rule cell:" in log.read_text()
    assert "input: results/smoke/heads.h5" in log.read_text()


def test_a_study_that_is_done_is_said_in_a_line(study):
    code, _, last = in_terminal(study)
    assert code == 0
    assert last[1:] == ["Nothing to be done (all requested files are present and up to date)."]


def test_the_last_on_the_screen_is_why_each_job_failed(damaged):
    code, sent, last = in_terminal(damaged, "--keep-going", *CELLS)
    assert code == 1
    assert "Traceback" not in sent, sent.partition("Traceback")[2]
    assert "CalledProcessError" not in sent
    text = "\n".join(last)
    said, _, end = text.partition("stopped: 0 of 2 jobs done, 2 failed; the next run goes on")
    assert sorted(re.findall("failed: (.*)", said)) == ["cell gaman blur", "cell gaman proc"]
    found = re.findall(
        rf"error: (cell gaman \w+): {SHARD}: not a whole HDF5 .*\n  log: (\S+)(?:\n|$)", end
    )
    assert {(label, log.split("/logs/")[1]) for label, log in found} == {
        ("cell gaman blur", "cell/gaman/blur.log"),
        ("cell gaman proc", "cell/gaman/proc.log"),
    }
    assert len(re.findall("not a whole HDF5", text)) == 2
    assert re.search(r"\n  log: \S+$", text)


def test_a_file_gets_plain_lines_one_for_each_job(study):
    for cell in CELLS:
        (study.folder / cell).unlink()
    done = study.snakemake(*CELLS)
    assert done.returncode == 0
    assert not re.search(r"[\r\033\b]", done.stderr)
    first, *lines = done.stderr.splitlines()
    assert first.startswith("Using workflow specific profile")
    # The second job may already have run as long as the first took: then no time left is said.
    left = r"(, about \d+ s left)?"
    assert re.fullmatch(rf"1 of 2 jobs done{left}: cell gaman \w+ \(\d+ s\)", lines[0])
    assert re.fullmatch(r"2 of 2 jobs done in \d+ s", lines[1])
    assert len(lines) == 2


@pytest.mark.parametrize(("argument", "said"), [("--quiet", False), ("-p", True)])
def test_what_is_said_can_be_chosen(damaged, argument, said):
    done = damaged.snakemake("--force", CELLS[0], argument)
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert ("rule cell:" in output) == said
    assert "jobs done in" not in output
    *_, sentence, log = output.splitlines()
    assert sentence.startswith(f"error: cell gaman blur: {SHARD}: not a whole HDF5 artifact")
    assert log == "  log: results/smoke/logs/cell/gaman/blur.log"


def test_ctrl_c_is_said_in_a_line(study):
    code, sent, last = in_terminal(study, "--forceall", interrupt="0 of 31 jobs done: album ")
    assert code == 1
    assert last[-1] == "stopped: 0 of 31 jobs done; the next run goes on from there"
    assert "error: " not in sent


def test_a_dry_run_counts_the_jobs_of_each_rule(study):
    done = study.snakemake("-n", "--forceall")
    assert done.returncode == 0
    assert re.search(r"^cell +6$", done.stdout, re.MULTILINE)
    assert re.search(r"^total +31$", done.stdout, re.MULTILINE)
    assert len(re.findall("Job stats", done.stdout)) == 1
    assert "rule cell:" not in done.stdout
    nothing = study.snakemake("-n")
    assert nothing.stdout.startswith("Nothing to be done")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--configfile", "configs/none.yaml"), "No such file or directory: 'configs/none.yaml'"),
        (("--config", "sead=1"), "config: top level: unknown key 'sead'; did you mean 'seed'?"),
        (("cel",), "No rule to produce cel"),
    ],
)
def test_what_is_wrong_before_a_job_runs_is_one_sentence(make_workflow, arguments, sentence):
    workflow = make_workflow()
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "--cores", "1", *arguments],
        cwd=workflow.folder,
        env=checkout.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    _, said = done.stderr.splitlines()
    assert said.startswith(f"error: {sentence}")


@pytest.fixture
def told(tmp_path, monkeypatch):
    """A run off a terminal, which is told what Snakemake logs; closing it returns what it shows."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(SHOWN, "")
    off = dict.fromkeys(("verbose", "debug_dag", "printshellcmds", "dryrun", "stdout"), False)
    handler = LogHandler(SimpleNamespace(quiet=None, **off), None)
    handler.stream = io.StringIO()

    class Told:
        def __init__(self):
            self("run_info", stats={"cell": 2, "sheet": 1, "total": 3})

        def __call__(self, event=None, message="", level=logging.INFO, **more):
            record = logging.LogRecord("", level, "", 1, message, (), None)
            vars(record).update(more, event=LogEvent(event) if event else None)
            handler.emit(record)

        def start(self, number, rule="cell", log=""):
            more = {"wildcards": {"user": f"u{number}"}, "log": [f"{number}.log"]}
            self("job_info", jobid=number, rule_name=rule, **more)
            if log:
                Path(f"{number}.log").write_text(f"2026-01-01 10:00:00,123 {log}\n")

        def fail(self, number, **more):
            what = {"jobid": number, "rule_name": "cell", "log": [f"{number}.log"]}
            what |= {"rule_msg": None, "indent": False, "level": logging.ERROR}
            self("job_error", **what | more)

        def finish(self, number, done):
            self("job_finished", job_id=number)
            self("progress", done=done, total=3)

        def close(self):
            handler.close()
            handler.close()  # as Python does at its end
            return handler.stream.getvalue()

    yield Told()
    handler.close()


def test_a_job_that_is_killed_is_named_though_it_says_nothing(told):
    told.start(1, log="cell u1: {'process': 'B5'}")
    told.fail(1)
    told("error", "RuleException:\nCalledProcessError in file a.smk, line 3:\n...", logging.ERROR)
    told("error", "WorkflowError:\nAt least one job did not complete.", logging.ERROR)
    assert told.close() == (
        "failed: cell u1\n"
        "stopped: 0 of 3 jobs done, 1 failed; the next run goes on from there\n"
        "error: cell u1: it ended without saying why; was it killed?\n"
        "  log: 1.log\n"
    )


def test_what_an_executor_knows_of_a_jobs_end_is_said(told):
    told.start(1)
    told.fail(1, rule_msg="SLURM-job '7' failed,\nOUT_OF_MEMORY", log=["1.log", "slurm/7.log"])
    *_, sentence, log = told.close().splitlines()
    assert sentence == "error: cell u1: SLURM-job '7' failed, OUT_OF_MEMORY"
    assert log == "  log: 1.log, slurm/7.log"


def test_a_sentence_of_an_earlier_run_is_not_this_ones(told):
    told.start(1, log="error: cell u1: the disk is full")
    os.utime("1.log", (1e9, 1e9))
    told.fail(1)
    assert "disk" not in told.close()


def test_a_job_that_a_second_attempt_mends_did_not_fail(told):
    told.start(1, log="error: cell u1: the disk is full")
    told.fail(1)
    told.start(1, log="done in 1.0 s")
    told.finish(1, 1)
    said = told.close()
    assert "failed: cell u1\n" in said
    assert "disk" not in said


def test_of_a_group_only_the_jobs_that_say_why_failed(told):
    told.start(1, log="done in 1.0 s")
    told.start(2, log="error: cell u2: the disk is full")
    jobs = [{"jobid": n, "rule_name": "cell", "log": [f"{n}.log"]} for n in (1, 2)]
    told("group_error", level=logging.ERROR, job_error_info=jobs, aux_logs=["slurm/7.log"])
    told.fail(1, indent=True)
    told.fail(2, indent=True)
    said = told.close()
    assert re.findall("error: .*", said) == ["error: cell u2: the disk is full"]
    assert said.endswith("  log: 2.log\n")


def test_an_error_that_is_no_jobs_is_said_besides(told):
    told.start(1, log="error: cell u1: the disk is full")
    told.fail(1)
    told("error", "OSError:\nthe lock is gone", logging.ERROR)
    said = re.findall("error: (.*)", told.close())
    assert said == ["the lock is gone", "cell u1: the disk is full"]


def test_notes_and_warnings_are_shown_once(told):
    told.start(1, log="note: album: 3 photos are missing")
    told(None, "the clock was set back", logging.WARNING)
    told(None, "Select jobs to execute...")
    told.finish(1, 1)
    first, note, line = told.close().splitlines()
    assert (first, note) == ("the clock was set back", "album: 3 photos are missing")
    assert re.fullmatch(r"1 of 3 jobs done.*: cell u1 \(0 s\)", line)


def test_the_time_left_is_said_with_what_is_done(told, monkeypatch):
    began = time.time()
    told.start(1)
    told.start(2)
    monkeypatch.setattr(time, "time", lambda: began + 40)
    told.finish(1, 1)
    monkeypatch.setattr(time, "time", lambda: began + 90)
    told.finish(2, 2)
    first, second, *_ = told.close().splitlines()
    assert first == "1 of 3 jobs done, about 20 s left: cell u1 (40 s)"
    assert second == "2 of 3 jobs done: cell u2 (90 s)"


def test_the_time_left_is_that_of_like_jobs_side_by_side():
    now = time.time()
    half, silent = Running("cell", "", (), now - 5), Running("sheet", "", (), now - 1)
    planned = {"cell": 5, "sheet": 1, "summary": 1}
    # To come: 2 cells of 10 s, the half of one, what a mean job takes for a sheet and a summary.
    left = seconds_left(planned, {"cell": [10, 10]}, {half: 50, silent: 0}, elapsed=13)
    assert left == pytest.approx((20 + 5 + 9 + 10) / 2, abs=0.1)
    assert seconds_left(planned, {}, {half: 50}, elapsed=5) is None


def test_no_time_left_is_said_while_most_of_it_is_of_rules_that_have_not_run():
    planned, spent = {"album": 1, "perturb": 4, "cell": 6}, {"album": [60]}
    assert seconds_left(planned, spent, {}, elapsed=60) is None
    assert seconds_left(planned, {**spent, "perturb": [8]}, {}, elapsed=68) is None
    assert seconds_left(planned, {**spent, "cell": [2]}, {}, elapsed=62) is not None


@pytest.fixture
def script(tmp_path, monkeypatch):
    """What Snakemake gives a script."""
    made = {"definition": {}, "fingerprint": "f", "seed": 1, "code": {}}
    monkeypatch.chdir(tmp_path)
    yield SimpleNamespace(
        rule="cell",
        wildcards=["gaman", "blur"],
        params=SimpleNamespace(provenance=made),
        log=["1.log"],
        input=[],
        output=[],
    )
    logging.captureWarnings(capture=False)


def test_what_a_job_writes_into_its_log_is_read(script, monkeypatch, capsys):
    monkeypatch.setenv(SHOWN, "1")
    monkeypatch.setattr("aip.run.job.OFTEN", 0)
    job = Running("cell", "cell gaman blur", script.log, time.time())

    def work(own):
        update = own.progress(200, "heads")
        assert job.percent() == 0
        update(50)
        update(24)
        assert job.percent() == 37
        own.say("3 photos are missing")
        raise BadInput("heads.h5: head 7 is empty")

    with pytest.raises(SystemExit), running(script) as own:
        work(own)
    assert job.said("note") == ["cell gaman blur: 3 photos are missing"]
    assert job.said("error") == ["cell gaman blur: heads.h5: head 7 is empty"]
    assert job.said("stopped") == []
    assert capsys.readouterr().err == ""


def test_ctrl_c_and_mistakes_are_read_from_the_log(script):
    job = Running("cell", "cell gaman blur", script.log, time.time())
    with pytest.raises(SystemExit), running(script):
        raise KeyboardInterrupt
    assert job.said("stopped") == ["by Ctrl-C"]
    with pytest.raises(KeyError), running(script):
        raise KeyError("user")
    assert job.said("error") == ["cell gaman blur: KeyError: 'user'"]


def test_a_log_that_is_removed_meanwhile_says_nothing(tmp_path):
    """Snakemake removes the log of an earlier attempt as the next one begins."""
    log, over = tmp_path / "1.log", threading.Event()
    job = Running("cell", "cell gaman blur", (str(log),), time.time())

    def come_and_go():
        while not over.is_set():
            log.touch()
            log.unlink()

    with ThreadPoolExecutor(1) as pool:
        going = pool.submit(come_and_go)
        try:
            assert {job.percent() for _ in range(5000)} == {0}
        finally:
            over.set()
        going.result()


def test_a_sentence_that_the_log_does_not_hold_is_printed(script, monkeypatch, capsys):
    monkeypatch.setenv(SHOWN, "1")

    def work():
        Path("1.log").unlink()  # a full disk, too, leaves it without the sentence
        raise BadInput("no space left")

    with pytest.raises(SystemExit), running(script):
        work()
    assert capsys.readouterr().err == "error: cell gaman blur: no space left\n"
