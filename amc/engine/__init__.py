"""Runs the steps that services register, durably."""
