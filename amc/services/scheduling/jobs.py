"""What the jobs of a process last did: kept in its heartbeat, told where people look.

A process that lives may still do nothing: a tick that fails each time moves no schedule. Each job
therefore says when it last went well and, while it fails, since when and why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from amc.clock import Clock
from amc.errors import AmcError
from amc.log import mask

_LONGEST_REASON = 600
_DEFAULT_HINT = "It is tried again by itself. If it stays, look into the scheduler's log."
WORDS = {
    "heartbeat": "The scheduler's sign of life",
    "tick": "The firing of schedules",
    "poll": "The look at Amazon for runs under way",
    "sweep": "The taking up of work that nobody does",
    "refresh": "The look for what instances have",
    "names": "The reading of names",
    "names_due": "The asking for names that are old",
    "rows": "The look for rows that cannot be read",
    "clock_set_back": "The mending after a clock that was set back",
    "housekeeping": "The removal of what is old",
}
"""What a job does, for the reader; also the names that anybody may see."""


@dataclass(frozen=True, slots=True)
class JobFailure:
    """A job that fails: which, since when, why, and what to do."""

    job: str
    process: str
    since: datetime
    reason: str
    hint: str

    @property
    def message(self) -> str:
        """One sentence."""
        return f"{WORDS.get(self.job, self.job)} has failed since {self.since:%Y-%m-%d %H:%M} UTC."


class JobStates:
    """The jobs of this process."""

    def __init__(self, clock: Clock) -> None:
        """None has run yet."""
        self._clock = clock
        self._jobs: dict[str, dict[str, str]] = {}

    def went_well(self, job: str) -> bool:
        """Note it; whether it failed before."""
        before = self._jobs.get(job, {})
        self._jobs[job] = {"last_ok_at": self._clock.now().isoformat()}
        return "failing_since" in before

    def failed(self, job: str, error: Exception) -> bool:
        """Note it with its reason, without secrets; whether that is news."""
        before = self._jobs.get(job, {})
        ours = isinstance(error, AmcError)
        words = error.message if isinstance(error, AmcError) else f"{type(error).__name__}: {error}"
        reason = mask(" ".join(words.split()))[:_LONGEST_REASON]
        hint = error.hint if isinstance(error, AmcError) else ""
        self._jobs[job] = before | {
            "failing_since": before.get("failing_since") or self._clock.now().isoformat(),
            "reason": reason,
            "hint": mask(hint) if ours and hint else _DEFAULT_HINT,
        }
        return before.get("reason") != reason

    def as_detail(self) -> dict[str, Any]:
        """As the heartbeat keeps it."""
        return {"jobs": {job: dict(state) for job, state in self._jobs.items()}}


def failures_in(detail: Mapping[str, Any] | None, process: str) -> list[JobFailure]:
    """The jobs that fail, out of a heartbeat; what cannot be read there is left out."""
    jobs = (detail or {}).get("jobs")
    found = []
    for job, state in jobs.items() if isinstance(jobs, dict) else ():
        since = state.get("failing_since") if isinstance(state, dict) else None
        if isinstance(since, str) and since:
            reason, hint = str(state.get("reason", "")), str(state.get("hint", _DEFAULT_HINT))
            found.append(JobFailure(job, process, datetime.fromisoformat(since), reason, hint))
    return found
