"""What was given and what it did: administration and response."""
