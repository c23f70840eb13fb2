"""A patient who does not exist: an anatomy with known activity, and what a camera would see of it."""
