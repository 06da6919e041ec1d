"""What a config means: its schema, names and definitions, and the fingerprint of every artifact."""
