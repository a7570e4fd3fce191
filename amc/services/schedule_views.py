"""Schedules and slots as shown and as drafted; nothing here asks the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from amc.clock import parse_clock
from amc.db.models import Schedule
from amc.errors import AmcError
from amc.settings import Settings
from amc.timing.cron import next_slots, parse_cron
from amc.timing.window import WindowRule, slot_window
from amc.timing.zones import load_zone


@dataclass(frozen=True, slots=True)
class ScheduleDraft:
    """What a person says of a schedule."""

    name: str
    cron: str
    zone: str
    window_rule: str
    sql: str = ""
    template: str = ""
    parameters: Mapping[str, Any] | None = None
    instance_ids: tuple[str, ...] = ()
    instance_set: str = ""
    offset_s: int = 48 * 3600
    missed: str = "latest"
    catch_up_limit_s: int = 24 * 3600
    overlap: str = "skip"


@dataclass(frozen=True, slots=True)
class NextSlot:
    """A coming slot with the window that it will read."""

    slot_at: datetime
    local: str
    window: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """A schedule as shown."""

    id: str
    name: str
    cron: str
    words: str
    zone: str
    window_rule: str
    offset_s: int
    template: str
    sql: str
    parameters: dict[str, Any]
    instance_ids: list[str]
    instance_set: str
    missed: str
    catch_up_limit_s: int
    overlap: str
    enabled: bool
    broken: str
    next_slot_at: datetime | None
    created_by: str
    created_at: datetime
    version: int
    # Why it does not fire though it is on: its owner may not run it any more.
    suspended: str = ""


@dataclass(frozen=True, slots=True)
class SlotView:
    """A slot and what became of it."""

    slot_at: datetime
    until_at: datetime | None
    count: int
    verdict: str
    reason: str
    fired_at: datetime
    fleet_run_id: str | None
    states: dict[str, int]


def coming_slots(
    cron: str, zone: str, start: datetime, count: int, window_rule: str, offset: timedelta
) -> list[NextSlot]:
    """The coming slots of a rule, with the window that each will read.

    Raises:
        CronError, WindowError: the rule, the window rule or the zone is wrong.
    """
    rule = WindowRule.parse(window_rule) if window_rule else None
    parsed, where = parse_cron(cron), load_zone(zone)
    return [
        NextSlot(
            slot,
            slot.astimezone(where).isoformat(),
            slot_window(rule, parsed, zone, slot, offset).as_dict() if rule else None,
        )
        for slot in next_slots(parsed, zone, start, count)
    ]


def preview_slots(
    settings: Settings,
    cron: str,
    zone: str,
    *,
    start: datetime | None,
    count: int,
    window_rule: str,
) -> list[NextSlot]:
    """`coming_slots` without a database, for the shell."""
    begin = start or parse_clock(settings.clock).now()
    offset = timedelta(seconds=settings.data_offset_s)
    return coming_slots(cron, zone, begin, count, window_rule, offset)


def fill(row: Schedule, draft: ScheduleDraft) -> None:
    """Write what a person said into a row."""
    row.name, row.cron, row.zone = draft.name.strip(), " ".join(draft.cron.split()), draft.zone
    row.window_rule, row.offset_s = draft.window_rule, draft.offset_s
    row.template, row.sql = draft.template, draft.sql
    row.parameters = dict(draft.parameters or {})
    row.targets = {"instances": list(draft.instance_ids), "set": draft.instance_set}
    row.missed, row.overlap = draft.missed, draft.overlap
    row.catch_up_limit_s = draft.catch_up_limit_s


def schedule_view(row: Schedule) -> ScheduleView:
    """The view of a row; a rule that cannot be read says so."""
    try:
        words = parse_cron(row.cron).describe()
    except AmcError as exc:
        words = str(exc)
    return ScheduleView(
        row.public_id,
        row.name,
        row.cron,
        words,
        row.zone,
        row.window_rule,
        row.offset_s,
        row.template,
        row.sql,
        dict(row.parameters or {}),
        list(row.targets.get("instances", [])),
        row.targets.get("set", ""),
        row.missed,
        row.catch_up_limit_s,
        row.overlap,
        row.enabled,
        row.broken,
        row.next_slot_at,
        row.created_by,
        row.created_at,
        row.version,
    )


def plain(row: Schedule) -> dict[str, Any]:
    """What the audit trail keeps of a row."""
    names = (
        "name",
        "cron",
        "zone",
        "window_rule",
        "template",
        "sql",
        "parameters",
        "targets",
        "missed",
        "overlap",
        "offset_s",
        "catch_up_limit_s",
    )
    return {name: getattr(row, name) for name in names}
