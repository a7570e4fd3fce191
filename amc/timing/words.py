"""Cron rules in plain words."""

from collections.abc import Sequence

from amc.timing.fields import CronField

_DAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July",
    "August", "September", "October", "November", "December",
)  # fmt: skip
_MOST_TIMES = 6  # more clock times than these are said as minutes and hours


def describe(fields: Sequence[CronField], *, alternatives: bool) -> str:
    """A sentence for five fields; says so when either day field is enough."""
    minute, hour, day, month, weekday = fields
    time_part = _time(minute, hour)
    day_part = _day(day, weekday, alternatives=alternatives)
    if not day_part and not hour.starts_with_star:
        day_part = "every day"
    month_part = "" if len(month.values) == 12 else f"in {_months(month)}"
    rest = " ".join(part for part in (day_part, month_part) if part)
    separator = ", " if rest and (rest.startswith("every") or " of every " in time_part) else " "
    return f"{time_part}{separator}{rest}".rstrip() + "."


def _time(minute: CronField, hour: CronField) -> str:
    minutes, hours = sorted(minute.values), sorted(hour.values)
    if len(minutes) * len(hours) <= _MOST_TIMES:
        return "At " + _join([f"{h:02}:{m:02}" for h in hours for m in minutes])
    every_hour = len(hours) == 24
    if len(minutes) == 60:
        return "Every minute" if every_hour else f"Every minute of {_hours(hours)}"
    step = _step(minutes, 60)
    if step:
        every = f"Every {step} minutes"
        return every if every_hour else f"{every} of {_hours(hours)}"
    noun = "minute" if len(minutes) == 1 else "minutes"
    at = f"At {noun} {_runs(minutes)}"
    return f"{at} of every hour" if every_hour else f"{at} of {_hours(hours)}"


def _hours(hours: list[int]) -> str:
    noun = "hour" if len(hours) == 1 else "hours"
    return f"the {noun} {_runs(hours, width=2)}"


def _step(values: list[int], size: int) -> int:
    """The step of an even division that starts at 0, such as 15 for 0, 15, 30, 45; else 0."""
    step = values[1] - values[0] if len(values) > 1 else 0
    return step if step and size % step == 0 and values == list(range(0, size, step)) else 0


def _day(day: CronField, weekday: CronField, *, alternatives: bool) -> str:
    days = sorted(day.values)
    weekdays = sorted({value % 7 for value in weekday.values})
    noun = "day" if len(days) == 1 else "days"
    by_date = f"on {noun} {_runs(days)} of the month" if len(days) < 31 else ""
    by_weekday = f"on {_weekdays(weekdays)}" if len(weekdays) < 7 else ""
    if alternatives:
        # A full list such as 1-31 counts as restricted: with OR it allows every day.
        if not by_date or not by_weekday:
            return "every day"
        return f"{by_date} or {by_weekday} (either one is enough)"
    if by_date and by_weekday:
        return f"{by_date} if that is {_weekdays(weekdays, last_word='or')}"
    return by_date or by_weekday


def _weekdays(days: list[int], *, last_word: str = "and") -> str:
    if days == [1, 2, 3, 4, 5]:
        return "Monday to Friday" if last_word == "and" else "a day from Monday to Friday"
    # A week is read from Monday here.
    ordered = sorted(days, key=lambda day: (day - 1) % 7)
    return _join([_DAYS[day] for day in ordered], last_word=last_word)


def _months(month: CronField) -> str:
    return _join([_MONTHS[value - 1] for value in sorted(month.values)])


def _runs(values: list[int], *, width: int = 1) -> str:
    """Numbers as a list, three or more in a row as `first to last`."""
    runs: list[list[int]] = []
    for value in values:
        if runs and value == runs[-1][-1] + 1:
            runs[-1].append(value)
        else:
            runs.append([value])
    texts = []
    for run in runs:
        if len(run) > 2:
            texts.append(f"{run[0]:0{width}} to {run[-1]:0{width}}")
        else:
            texts.extend(f"{value:0{width}}" for value in run)
    return _join(texts)


def _join(parts: list[str], *, last_word: str = "and") -> str:
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last_word} {parts[-1]}"
