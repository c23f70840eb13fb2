"""Cohorts, protocols and tables as text."""
