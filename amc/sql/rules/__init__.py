"""The rules of the checker, by theme; each carries its documentation."""

from amc.sql.rules import constructs, names, privacy, values
from amc.sql.rules.base import Context, Declared, Remark, Rule

ALL: tuple[Rule, ...] = (*names.RULES, *constructs.RULES, *privacy.RULES, *values.RULES)

__all__ = ["ALL", "Context", "Declared", "Remark", "Rule"]
