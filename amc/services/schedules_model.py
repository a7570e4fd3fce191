"""The rules of schedules as pure functions: which slots are due, and what becomes of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

MissedPolicy = Literal["skip", "latest", "all"]
Verdict = Literal[
    "ran",
    "caught_up",
    "coalesced",
    "skipped",
    "overlap_skipped",
    "window_expired",
    "paused",
    "failed",
]

# A slot that fires within this time is on time; later it counts as missed.
ON_TIME = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SlotPlan:
    """What is to become of one slot, or of a run of slots for one reason."""

    slot_at: datetime
    until_at: datetime | None
    count: int
    verdict: Verdict
    reason: str

    @property
    def fires(self) -> bool:
        """Whether executions are made for it."""
        return self.verdict in ("ran", "caught_up")


def plan(
    slots: Sequence[datetime],
    *,
    now: datetime,
    missed: MissedPolicy,
    catch_up: timedelta,
) -> list[SlotPlan]:
    """A verdict for every nominal slot up to now, none left out.

    Args:
        slots: due and not yet accounted for, oldest first.
        now: the present instant.
        missed: what becomes of slots that are late by more than five minutes: *skip* them,
            fire the *latest* only, or fire *all*.
        catch_up: older missed slots are never fired.
    """
    late = [slot for slot in slots if now - slot > ON_TIME]
    on_time = [slot for slot in slots if now - slot <= ON_TIME]
    expired = [slot for slot in late if now - slot > catch_up]
    recent = [slot for slot in late if now - slot <= catch_up]
    plans = _runs(expired, "window_expired", "missed longer ago than the catch-up limit")
    if missed == "skip":
        plans += _runs(recent, "skipped", "missed while no scheduler ran; the policy is to skip")
    elif missed == "latest":
        fired = recent[-1:] if not on_time else []
        plans += _runs(
            recent[: len(recent) - len(fired)],
            "coalesced",
            "missed while no scheduler ran; only the latest slot is run",
        )
        plans += [SlotPlan(s, None, 1, "caught_up", _late(now - s)) for s in fired]
    else:
        plans += [SlotPlan(s, None, 1, "caught_up", _late(now - s)) for s in recent]
    plans += [SlotPlan(slot, None, 1, "ran", "") for slot in on_time]
    return plans


def _runs(slots: Sequence[datetime], verdict: Verdict, reason: str) -> list[SlotPlan]:
    """One row for a run of slots with one reason."""
    if not slots:
        return []
    until = slots[-1] if len(slots) > 1 else None
    return [SlotPlan(slots[0], until, len(slots), verdict, reason)]


def _late(delay: timedelta) -> str:
    minutes = int(delay.total_seconds() // 60)
    text = f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"
    return f"run {text} late: no scheduler ran at its time"
