"""Outbox and channels."""
