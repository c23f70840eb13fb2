"""Floor 2: what should be given."""
