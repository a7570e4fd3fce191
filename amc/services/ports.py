"""What services need of parts that they may not import: the container fills these."""

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy.orm import Session

Step = Callable[[dict[str, Any]], None]


class Engine(Protocol):
    """Durable work in the caller's transaction (`amc.engine.WorkQueue`)."""

    def enqueue(
        self,
        session: Session,
        step: str,
        key: str,
        payload: dict[str, Any],
        *,
        delay_s: float = 0.0,
    ) -> None:
        """Have `step(payload)` carried out once after the session commits."""
        ...
