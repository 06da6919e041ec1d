"""What docstrings and comments refer to by its full name."""

import pkgutil
import re
from pathlib import Path

import aip


def test_whatever_is_referred_to_is_there():
    found = set()
    for path in Path(aip.__file__).parent.rglob("*.py"):
        found.update(re.findall(r"`(aip(?:\.\w+)+)`", path.read_text(encoding="utf-8")))
    assert "aip.perturb.descent.descend" in found
    missing = []
    for name in sorted(found):
        try:
            pkgutil.resolve_name(name)
        except (AttributeError, ImportError):
            missing.append(name)
    assert not missing
