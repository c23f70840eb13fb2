"""The report of a trial's design."""
