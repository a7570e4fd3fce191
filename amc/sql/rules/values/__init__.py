"""VALUES, CTEs and the shape of queries."""
