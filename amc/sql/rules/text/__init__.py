"""Patterns, quotes and how the text is written."""
