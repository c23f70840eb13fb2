"""Numbers, footnotes and findings as text."""
