"""The one exception that means: what was given is wrong, and here is the sentence that says so."""


class BadInput(Exception):  # noqa: N818 — it is the input that is in error, not the program
    """Input from outside is wrong; the message is one sentence that names it.

    The message says where (file and line, key, or head), what was found and what was expected.
    Commands and jobs print it alone, without a traceback, and exit with a non-zero code.
    """
