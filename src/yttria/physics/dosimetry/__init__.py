"""Absorbed dose, radiobiology and uncertainty."""
