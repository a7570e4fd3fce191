"""The columns of the result."""
