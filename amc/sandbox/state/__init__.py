"""What the local AMC remembers: one SQLite file of its own, which survives a restart."""

from amc.sandbox.state.executions import ExecutionRow, ExecutionStore
from amc.sandbox.state.logbook import Logbook
from amc.sandbox.state.store import StateError, Store, reset_folder
from amc.sandbox.state.things import InstanceStore, ScheduleStore, WorkflowStore
from amc.sandbox.state.tokens import Client, Grant, TokenStore

__all__ = [
    "Client",
    "ExecutionRow",
    "ExecutionStore",
    "Grant",
    "InstanceStore",
    "Logbook",
    "ScheduleStore",
    "StateError",
    "Store",
    "TokenStore",
    "WorkflowStore",
    "reset_folder",
]
