"""Synthetic events of the local AMC: deterministic, consistent over tables, cached as Parquet."""

from amc.sandbox.events.store import VIEWS, EventStore

__all__ = ["VIEWS", "EventStore"]
