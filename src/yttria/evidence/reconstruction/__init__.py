"""Individual times from published curves, and comparisons with them."""
