"""Dose of one patient. Pure functions from values to values."""
