"""Published numbers: what they imply, and whether they agree with one another."""
