"""Whose turn it is where a schedule allows no two runs at once; pure functions.

After a pause several slots are due at the same moment. One of them starts. What becomes of the
others is the schedule's word on missed slots: *all* keeps them waiting, and each starts when the
one before has ended (within the catch-up limit); otherwise only the newest starts, and the others
are told as skipped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from amc.services.schedules_model import MissedPolicy, SlotPlan

_UNDER_WAY = "the run before has not ended"
_NEWER = "due at the same moment as a newer slot, and no two runs may be under way at once"
GIVEN_UP = "it waited for the run before, and the schedule was changed or paused"


@dataclass(frozen=True, slots=True)
class Turns:
    """What is decided now, and what waits: the slots from `waiting_from` on have no verdict yet."""

    plans: list[SlotPlan]
    waiting_from: datetime | None = None


def in_turn(
    plans: Sequence[SlotPlan], *, missed: MissedPolicy, under_way_since: datetime | None
) -> Turns:
    """At most one slot starts, and none while a run is under way.

    Args:
        plans: as if every slot were free to start, oldest first.
        missed: the schedule's word on missed slots.
        under_way_since: when the oldest run that has not ended was started; None without one.
    """
    firing = [p for p in plans if p.fires]
    if not firing:
        return Turns(list(plans))
    if missed == "all":
        return _one_after_another(plans, firing, under_way_since)
    if under_way_since is not None:
        return Turns([_skipped(p, _UNDER_WAY) if p.fires else p for p in plans])
    newest = firing[-1]
    return Turns([_skipped(p, _NEWER) if p.fires and p is not newest else p for p in plans])


def _one_after_another(
    plans: Sequence[SlotPlan], firing: Sequence[SlotPlan], under_way_since: datetime | None
) -> Turns:
    first = firing[0]
    if under_way_since is None:
        waiting = firing[1].slot_at if len(firing) > 1 else None
        return Turns([p for p in plans if not p.fires or p is first], waiting)
    if first.slot_at > under_way_since:
        # Nothing waits: these came while the run was under way.
        return Turns([_skipped(p, _UNDER_WAY) if p.fires else p for p in plans])
    return Turns([p for p in plans if not p.fires], first.slot_at)


def given_up(plans: Sequence[SlotPlan]) -> list[SlotPlan]:
    """A verdict for slots that would wait, where the schedule is not the same any more."""
    return [_skipped(p, GIVEN_UP) if p.fires else p for p in plans]


def _skipped(planned: SlotPlan, reason: str) -> SlotPlan:
    return replace(planned, verdict="overlap_skipped", reason=reason)
