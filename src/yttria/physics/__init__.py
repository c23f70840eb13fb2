"""Floor 2: what happens in one patient. Pure functions from values to values."""
