"""Baseline tables and proportions."""
