"""Nonparametric survival: Kaplan-Meier, log-rank, competing risks, time-dependent groups."""
