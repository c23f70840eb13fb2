"""The report of a verified treatment."""
