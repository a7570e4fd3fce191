"""Joins that count twice, lose rows or miss them."""
