"""What an artifact is made from: its definition, the code that makes it, and a digest of it all."""

from collections.abc import Iterable, Sequence
from functools import cache, cached_property
from typing import Any, TypedDict

from aip.store.digest import digest
from aip.study.code import Code, Reader
from aip.study.config import StudyConfig
from aip.study.definitions import Definition


class Made(TypedDict):
    """What an artifact is made from, as its rule's param ``provenance`` and the artifact hold it.

    Attributes
    ----------
    definition : dict
        What the config says of it, resolved.
    fingerprint : str
        The digest of all that is here, and of what the artifact is made from.
    seed : int
    code : dict
        By module, the digest of the code that makes it; see `aip.study.code.Reader.code`.
    """

    definition: Definition
    fingerprint: str
    seed: int
    code: Code


class Making(StudyConfig):
    """What a config asks for, and the code of the scripts that make it.

    Parameters and errors as in `StudyConfig`; the scripts' code counts.
    """

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self._cache / "code.json")

    def _made(
        self,
        script: str,
        definition: Definition,
        *made_from: Any,
        modules: Sequence[str] = (),
        seed: int | None = None,
    ) -> Made:
        found, seed = self._code(script, *modules), self.seed if seed is None else seed
        return {
            "definition": definition,
            # The modules in their order, too: which of them stands for which name.
            "fingerprint": digest(definition, seed, made_from, modules, found),
            "seed": seed,
            "code": found,
        }

    @cache  # noqa: B019
    def _code(self, script: str, *modules: str) -> Code:
        return self._reader.code(self._scripts / f"{script}.py", *modules)


def prints(made: Iterable[Made]) -> list[str]:
    """Return the fingerprints of what artifacts are made from."""
    return [each["fingerprint"] for each in made]
