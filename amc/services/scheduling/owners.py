"""Whether the person who owns a schedule may still have it run."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from amc.auth.roles import Role, parse_role
from amc.db.repos import people
from amc.errors import UsageError
from amc.services.schedules_model import SlotPlan

SUSPENDED_HINT = (
    "Let the person run again (Settings, Users), or have an administrator take the schedule over."
)


def suspended(session: Session, owner: str) -> str:
    """Why the schedules of an owner are suspended; empty when they go on.

    Looked up each time and kept nowhere, so that it also holds for a person who was changed in
    the database itself, and ends with its cause. Who is no user (the command line, the set-up)
    is never suspended.
    """
    row = people.user_by_name(session, owner)
    if row is None:
        return ""
    if row.disabled:
        return f"suspended: {owner}, who owns it, is disabled"
    try:
        role = parse_role(row.role)
    except UsageError:
        return f"suspended: the role of {owner}, who owns it, cannot be read"
    if role.rank < Role.ANALYST.rank:
        return f"suspended: {owner}, who owns it, may not run queries any more (role {role})"
    return ""


def refuse_suspended(session: Session, owner: str) -> None:
    """Stop what would run a schedule by hand.

    Raises:
        UsageError: the schedules of this owner are suspended.
    """
    if reason := suspended(session, owner):
        raise UsageError(f"The schedule is {reason}.", hint=SUSPENDED_HINT)


def passed_over(slots: Sequence[datetime], reason: str) -> list[SlotPlan]:
    """One verdict for all slots that came while the schedule was suspended."""
    if not slots:
        return []
    until = slots[-1] if len(slots) > 1 else None
    return [SlotPlan(slots[0], until, len(slots), "paused", reason)]
