"""Aggregates, GROUP BY and window functions."""
