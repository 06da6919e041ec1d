"""Registries: names that a config may use, and the modules that they stand for."""

# What is annotated as a registry is in no fingerprint: whatever looks a name up is fingerprinted
# with the module behind the name, so a new entry makes no artifact again.
Registry = dict[str, str]

# Nor is what is annotated as bounds: what is outside is refused, and what is inside is in the
# definition of whatever follows from it.
Bounds = dict[str, tuple[int, int]]
