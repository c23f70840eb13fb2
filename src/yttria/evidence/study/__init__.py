"""The analysis of a survival study: protocol and cohort to a result."""
