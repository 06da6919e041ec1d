"""AIP Games: adversarial image perturbations against recognisers, as a game."""

__version__ = "0.1.0"

__version__ = "0.1.0"
