"""Floor 1: what things are. Frozen; a value that exists can be trusted."""
