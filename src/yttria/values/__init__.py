"""What things are. Frozen; a value that exists can be trusted."""
