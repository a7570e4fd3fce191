"""AMC SQL really run: compiled as AMC compiles, privacy rules applied, CSV as AMC writes it."""

from amc.sandbox.query.compiling import CompiledQuery, CompileRequest
from amc.sandbox.query.engine import QueryEngine
from amc.sandbox.query.errors import (
    CompileError,
    RunCancelledError,
    RunFailedError,
    RunTimedOutError,
)
from amc.sandbox.query.running import RunOutcome

__all__ = [
    "CompileError",
    "CompileRequest",
    "CompiledQuery",
    "QueryEngine",
    "RunCancelledError",
    "RunFailedError",
    "RunOutcome",
    "RunTimedOutError",
]
