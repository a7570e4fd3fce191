"""Whether Amazon lets us into an instance: a verdict, why, and the one thing to do."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from amc.errors import (
    AmcError,
    ApiError,
    ForbiddenError,
    LoginError,
    RemoteMissingError,
    UnauthorizedError,
)

AccessState = Literal["ok", "lost", "terms", "login", "gone", "later"]

TO_DO: dict[str, str] = {
    "ok": "",
    "lost": "Ask whoever administers the AMC account to give this login access, then test again.",
    "terms": "Accept Amazon's terms in the AMC console (once per region), then test again.",
    "login": "Reconnect the Amazon login under Settings, Connections.",
    "gone": "Sync with Amazon: the instance is not there any more.",
    "later": "Nothing: Amazon or the network had trouble. Test again in a few minutes.",
}
WORDS: dict[str, str] = {
    "ok": "Works",
    "lost": "No access",
    "terms": "Terms not accepted",
    "login": "Login to reconnect",
    "gone": "Gone at Amazon",
    "later": "No answer",
}


@dataclass(frozen=True, slots=True)
class AccessVerdict:
    """What a test of one instance found."""

    instance_id: str
    name: str
    state: AccessState
    reason: str
    to_do: str
    tested_at: datetime

    @property
    def fine(self) -> bool:
        """Whether the instance answers."""
        return self.state == "ok"


def state_of(error: AmcError | None) -> AccessState:
    """What an answer of Amazon (None: a good one) says about access."""
    if error is None:
        return "ok"
    if isinstance(error, LoginError | UnauthorizedError):
        return "login"
    if isinstance(error, ForbiddenError):
        return "terms" if "terms and conditions" in error.message.lower() else "lost"
    if isinstance(error, RemoteMissingError):
        return "gone"
    if isinstance(error, ApiError) and not error.transient:
        return "lost"
    return "later"


def stays(state: AccessState) -> bool:
    """Whether the state says something about the instance, rather than about this moment."""
    return state in ("ok", "lost", "terms")
