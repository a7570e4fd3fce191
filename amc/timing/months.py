"""Arithmetic with calendar months."""

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day so many months later (earlier if negative), or the last day of a shorter month.

    `add_months(date(2026, 3, 31), -1)` is 28 February 2026.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def quarter_start(day: date) -> date:
    """The first day of the quarter that holds a day."""
    return date(day.year, day.month - (day.month - 1) % 3, 1)
