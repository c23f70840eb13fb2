"""Activities within rules, aims and limits."""
