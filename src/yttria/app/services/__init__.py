"""Use cases: what each command does, callable from Python."""
