"""What of the machine ran out, where an error comes from that."""

import errno
import os
import re

MEMORY = re.compile(r"can't allocate memory|not enough memory|Cannot allocate memory|bad_alloc")
THREADS = re.compile(r"can't start new thread|Thread creation failed|Resource temporarily")
OPEN = {
    errno.EMFILE: "of this process (ulimit -n)",
    errno.ENFILE: "of this machine (fs.file-max)",
}


def ran_out(error: BaseException) -> str | None:
    """Say what ran out if that caused an error, else return None.

    Examples
    --------
    >>> ran_out(MemoryError())
    'memory ran out; expected more of it free, or fewer jobs at once (--cores, --resources mem_mb)'
    >>> ran_out(ValueError("x")) is None
    True
    """
    number = error.errno if isinstance(error, OSError) else None
    said = str(error) if isinstance(error, OSError | RuntimeError) else ""
    if isinstance(error, MemoryError) or number == errno.ENOMEM or MEMORY.search(said):
        return (
            "memory ran out; expected more of it free, or fewer jobs at once (--cores, "
            "--resources mem_mb)"
        )
    if number is not None and number in OPEN:
        return f"{os.strerror(number)}: the file handles {OPEN[number]} ran out"
    if number == errno.EAGAIN or THREADS.search(said):
        return "no new process or thread can start; expected a higher limit of them (ulimit -u)"
    return None
