"""How strict the checker is: the rules' own severities, a sandbox's, and those that are set."""

from collections.abc import Iterable
from difflib import get_close_matches
from types import MappingProxyType

from amc.errors import SettingsError
from amc.sql.checker import SYNTAX, Severities
from amc.sql.rules import ALL

SANDBOX: Severities = MappingProxyType({"limit": "warning", "nothing-aggregated": "hint"})
"""A sandbox holds no real events: its rows may be looked at one by one, and LIMIT is taken."""


def set_severities(pairs: Iterable[tuple[str, str]]) -> Severities:
    """Severities by the codes of rules, as the setting AMC_SQL_SEVERITIES has them.

    Raises:
        SettingsError: there is no such rule, or its severity cannot be set.
    """
    made: dict[str, str] = {}
    known = {rule.code for rule in ALL}
    for code, severity in pairs:
        if code == SYNTAX:
            raise SettingsError(
                "AMC_SQL_SEVERITIES: a text that cannot be read is always an error.",
                hint="Leave 'syntax' out.",
            )
        if code not in known:
            near = get_close_matches(code, sorted(known), n=1, cutoff=0.6)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            raise SettingsError(
                f"AMC_SQL_SEVERITIES: there is no rule '{code}'.{meant}",
                hint="docs/reference/sql-rules.md lists the rules.",
            )
        made[code] = severity
    return made  # type: ignore[return-value]  # the settings class knows the four words


def for_instance(chosen: Severities, *, sandbox: bool) -> Severities:
    """The severities that hold on an instance: what is set goes before what a sandbox eases."""
    return {**SANDBOX, **chosen} if sandbox else chosen
