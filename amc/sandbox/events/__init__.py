"""Synthetic events of the local AMC: deterministic, consistent over tables, cached as Parquet."""

from amc.sandbox.events.columns import USER_NUMBER
from amc.sandbox.events.store import VIEWS, EventStore

__all__ = ["USER_NUMBER", "VIEWS", "EventStore"]
