"""Results to documents and figures as data."""
