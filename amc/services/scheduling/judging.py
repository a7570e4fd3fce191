"""Whether a schedule's row can be used, and what is shown of one that cannot."""

from datetime import UTC, datetime
from typing import Any

from amc.db.models import Schedule
from amc.db.reading import Unreadable, unfit
from amc.errors import AmcError
from amc.services.schedule_views import ScheduleView
from amc.timing.cron import parse_cron
from amc.timing.window import WindowRule
from amc.timing.zones import load_zone

_MISSED = ("skip", "latest", "all")
_OVERLAP = ("skip", "allow")
# Longer is no delay and no limit that a person meant; far more cannot be taken from a date.
_LONGEST_S = 100 * 365 * 86_400
NEVER = datetime(1970, 1, 1, tzinfo=UTC)

# What stands in for a value that cannot be read while a person mends the row.
NEUTRAL: dict[str, Any] = {
    "name": "",
    "cron": "",
    "zone": "",
    "window_rule": "",
    "offset_s": 172_800,
    "template": "",
    "sql": "",
    "parameters": {},
    "targets": {},
    "missed": "latest",
    "catch_up_limit_s": 86_400,
    "overlap": "skip",
    "enabled": True,
    "paused_at": None,
    "broken": "its stored form could not be read",
    "accounted_until": NEVER,
    "next_slot_at": None,
    "version": 1,
    "created_by": "",
    "created_at": NEVER,
    "updated_at": NEVER,
}

# What a change writes anew anyway; and the row counts as set aside until it is mended.
REPLACED = (
    "offset_s",
    "catch_up_limit_s",
    "missed",
    "overlap",
    "targets",
    "parameters",
    "broken",
)


def shape(row: Schedule) -> str:
    """What is wrong with the form of a row; empty when it can be shown and changed."""
    return unfit(row) or _form_of_targets(row.targets) or _form_of_numbers(row)


def judge(row: Schedule) -> str:
    """What is wrong with a row; empty when its slots can be worked out."""
    wrong = shape(row)
    if wrong:
        return wrong
    try:
        parse_cron(row.cron)
        load_zone(row.zone)
        WindowRule.parse(row.window_rule)
    except AmcError as exc:
        return str(exc)
    return ""


def _form_of_targets(targets: dict[str, Any]) -> str:
    chosen, name = targets.get("instances", []), targets.get("set", "")
    fine = isinstance(chosen, list) and all(isinstance(one, str) for one in chosen)
    if fine and isinstance(name, str):
        return ""
    return "its stored form cannot be read (targets name no instances and no set)"


def _form_of_numbers(row: Schedule) -> str:
    for name in ("offset_s", "catch_up_limit_s"):
        if abs(getattr(row, name)) > _LONGEST_S:
            return f"its stored form cannot be read ({name} is out of range)"
    if row.missed not in _MISSED or row.overlap not in _OVERLAP:
        return "its stored form cannot be read (missed or overlap is no known word)"
    return ""


def broken_view(found: Unreadable) -> ScheduleView:
    """What is shown of a row that cannot be used: all that can be read, and what is wrong."""
    values = NEUTRAL | found.known
    targets = values["targets"]
    chosen, name = targets.get("instances"), targets.get("set")
    return ScheduleView(
        found.public_id,
        found.name,
        values["cron"],
        "cannot be read",
        values["zone"],
        values["window_rule"],
        values["offset_s"],
        values["template"],
        values["sql"],
        dict(values["parameters"]),
        [str(one) for one in chosen] if isinstance(chosen, list) else [],
        name if isinstance(name, str) else "",
        values["missed"],
        values["catch_up_limit_s"],
        values["overlap"],
        values["enabled"],
        str(found.known.get("broken") or found.reason),
        None,
        values["created_by"],
        values["created_at"],
        values["version"],
    )
