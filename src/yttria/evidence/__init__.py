"""Floor 2: what many patients say."""
