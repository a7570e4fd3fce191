"""Pure time arithmetic: cron, slots, window rules."""

from amc.timing.cron import Cron, next_slots, nominal_time, parse_cron, slots_between
from amc.timing.window import Window, WindowRule, maturity, slot_window
from amc.timing.zones import load_zone, to_instant, to_local

__all__ = [
    "Cron",
    "Window",
    "WindowRule",
    "load_zone",
    "maturity",
    "next_slots",
    "nominal_time",
    "parse_cron",
    "slot_window",
    "slots_between",
    "to_instant",
    "to_local",
]
