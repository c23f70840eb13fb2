"""Floor 3: who asks."""
