"""Yttria: personalised 90Y radioembolisation. For research use only."""

__version__ = "0.1.0"
