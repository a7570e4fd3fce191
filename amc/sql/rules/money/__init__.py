"""Costs in fractions of a cent."""
