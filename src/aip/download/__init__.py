"""Other machines, and what comes from them."""
