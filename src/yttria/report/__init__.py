"""Floor 2: results to documents and figures as data."""
