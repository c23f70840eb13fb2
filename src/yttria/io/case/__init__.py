"""A patient case from files: roles, structures, frames of reference, checks, identity."""
