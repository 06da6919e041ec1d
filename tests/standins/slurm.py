"""A SLURM of one machine: its own daemons on loopback, all its files in a folder of its own."""

import os
import re
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PROGRAMS = (
    *("munged", "slurmctld", "slurmd"),
    *("sinfo", "sbatch", "srun", "squeue", "scancel", "scontrol"),
)

# The node claims more than the machine has: what jobs ask for is to be granted, not used up.
CONFIGURATION = """
ClusterName=one
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthInfo=socket={folder}/munge.socket
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerParameters=sched_interval=2,bf_interval=2
SlurmdParameters=config_overrides
MinJobAge={remembers}
PreemptType=preempt/partition_prio
PreemptMode=CANCEL
KillWait=2
MpiDefault=none
ReturnToService=2
GresTypes=gpu
NodeName=node NodeHostname={host} NodeAddr=127.0.0.1 CPUs=8 RealMemory=65536 Gres=gpu:2
PartitionName=main Nodes=node Default=YES
PartitionName=gpu Nodes=node
PartitionName=urgent Nodes=node PriorityTier=2
"""

# Snakemake's job steps forget SLURM_CONF: on a cluster, srun knows where to look.
SRUN = """#!/bin/sh
SLURM_CONF={folder}/slurm.conf exec {program} "$@"
"""
SQUEUE = """#!/bin/sh
if [ -e {folder}/silent ]; then echo asked >> {folder}/silent; exit 1; fi
exec {program} "$@"
"""


def missing() -> str:
    """Say why there can be no SLURM on this machine; nothing if there can."""
    absent = [name for name in PROGRAMS if _program(name) is None]
    if absent:
        return f"SLURM is not installed: there is no {', '.join(absent)}"
    return "SLURM's daemons are started as root" if os.geteuid() else ""


@dataclass(frozen=True)
class Job:
    """A job as SLURM knows it.

    Attributes
    ----------
    comment : str
        What the plugin says of it: its rule or group, and its wildcards.
    memory, limit : str
        What it was granted, as SLURM writes it: ``4000M``, ``1:00:00``.
    """

    id: str
    comment: str
    state: str
    partition: str
    memory: str
    limit: str
    cores: int
    gpus: int


class Slurm:
    """A SLURM of one machine, until the context is left.

    Its partitions are main, gpu, and urgent, whose jobs have those of the others cancelled.

    Attributes
    ----------
    environment : dict
        In which its commands, and Snakemake, find it.
    """

    def __enter__(self) -> "Slurm":
        with ExitStack() as stack:
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="slurm-")))
            self.environment = {
                **os.environ,
                "SLURM_CONF": str(self._folder / "slurm.conf"),
                "PATH": f"{self._folder}/bin:{os.environ['PATH']}",
            }
            self._configure()
            munge = {name: f"{self._folder}/munge.{name}" for name in ("socket", "pid", "seed")}
            self._start(
                stack,
                "munged",
                *("--foreground", "--force", f"--socket={munge['socket']}"),
                *(f"--key-file={self._folder}/munge.key", f"--pid-file={munge['pid']}"),
                f"--seed-file={munge['seed']}",
            )
            wait_for("munge's socket", Path(munge["socket"]).exists)
            self._start(stack, "slurmctld", "-D")
            self._start(stack, "slurmd", "-D")
            stack.callback(self._cancel_all)
            self._come_up()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def ask(self, command: str, *arguments: str) -> str:
        """Run one of SLURM's commands and return what it prints."""
        done = subprocess.run(
            [command, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    def jobs(self) -> list[Job]:
        """Return all jobs since the start, those that ended too, in the order they came."""
        form = "%i|%k|%T|%P|%m|%l|%C"
        lines = self.ask("squeue", "-h", "--array", "--states=all", "--sort=i", "-o", form)
        jobs = []
        for line in lines.splitlines():
            id, comment, state, partition, memory, limit, cores = line.split("|")
            gpus = re.search(r"TresPerJob=gres:gpu:(\d+)", self.ask("scontrol", "show", "job", id))
            jobs.append(
                Job(
                    id,
                    comment,
                    state,
                    partition,
                    memory,
                    limit,
                    int(cores),
                    int(gpus[1]) if gpus else 0,
                )
            )
        return jobs

    def keeps(self, text: str) -> bool:
        """Whether any file of SLURM's holds a text: jobs' scripts, environments, logs."""
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return any(text.encode() in path.read_bytes() for path in files)

    def forget(self) -> None:
        """Forget the jobs that have ended, when all have."""
        wait_for("all jobs to end", lambda: not self.ask("squeue", "-h"))
        self._write_configuration(remembers=2)
        self.ask("scontrol", "reconfigure")
        wait_for("all jobs to be forgotten", lambda: not self.jobs(), patience=150)
        self._write_configuration()
        self.ask("scontrol", "reconfigure")

    @contextmanager
    def silence(self) -> Iterator[Callable[[], bool]]:
        """Answer nobody who asks what is in the queue; give who tells whether anybody has."""
        silent = self._folder / "silent"
        silent.touch()
        yield lambda: silent.stat().st_size > 0
        silent.unlink()

    def _configure(self) -> None:
        for name in ("state", "spool", "bin"):
            (self._folder / name).mkdir()
        for name, text in {"srun": SRUN, "squeue": SQUEUE}.items():
            program = self._folder / "bin" / name
            program.write_text(text.format(folder=self._folder, program=_program(name)))
            program.chmod(0o755)
        key = self._folder / "munge.key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        for number in range(2):
            (self._folder / f"gpu{number}").symlink_to("/dev/null")
        (self._folder / "gres.conf").write_text(f"Name=gpu File={self._folder}/gpu[0-1]\n")
        self._ports = _free_ports(2)
        self._write_configuration()

    def _write_configuration(self, remembers: int = 7200) -> None:
        """Write what SLURM is to do, and for how many seconds it remembers jobs that ended."""
        host = socket.gethostname().split(".")[0]
        text = CONFIGURATION.format(
            folder=self._folder, host=host, ports=self._ports, remembers=remembers
        )
        (self._folder / "slurm.conf").write_text(text)

    def _start(self, stack: ExitStack, name: str, *arguments: str) -> None:
        log = stack.enter_context((self._folder / f"{name}.log").open("w"))
        daemon = subprocess.Popen(
            [_program(name), *arguments], env=self.environment, stdout=log, stderr=log
        )
        stack.callback(_stop, daemon)

    def _come_up(self) -> None:
        try:
            wait_for("the node", lambda: self.ask("sinfo", "-ho", "%t").split() == ["idle"])
        except AssertionError as late:
            logs = [log.read_text() for log in sorted(self._folder.glob("*.log"))]
            raise AssertionError("\n".join([str(late), *logs])) from None

    def _cancel_all(self) -> None:
        self.ask("scancel", "--user=root")
        wait_for("the last jobs to end", lambda: not self.ask("squeue", "-h"))


def wait_for(what: str, happened: Callable[[], object], patience: float = 60) -> None:
    """Wait until something happened; fail by its name when it does not."""
    until = time.monotonic() + patience
    while not happened():
        assert time.monotonic() < until, f"waited {patience:.0f} s for {what}"
        time.sleep(0.1)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


def _stop(daemon: subprocess.Popen) -> None:
    daemon.terminate()
    try:
        daemon.wait(20)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for free in sockets:
            free.bind(("127.0.0.1", 0))
        return [free.getsockname()[1] for free in sockets]
