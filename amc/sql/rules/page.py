"""The page about the rules, made from what the rules say of themselves."""

from importlib import import_module

from amc.sql.rules import THEMES
from amc.sql.rules.base import Given, Rule

_HEAD = """# Rules of the SQL checker

What the checker says of a query, and why. `python -m amc sql check FILE` and the SQL editor show
the same. An *error* is refused by AMC (or can give nothing) and stops a run; a *warning* is
probably not meant; a *hint* is worth knowing. `AMC_SQL_SEVERITIES` sets other severities, `off`
among them: `limit=warning,outer-order-by=hint`. On a sandbox instance LIMIT is a warning and rows
of single events are a hint, unless they are set.

Made from the rules themselves by `python -m amc.sql.rules`.

## syntax

The text cannot be read: the place where reading stopped, and what was expected there. (error)
"""


def rules_page() -> str:
    """The whole page, as Markdown."""
    parts = [_HEAD]
    for theme, rules in THEMES.items():
        about = (import_module(f"amc.sql.rules.{theme}").__doc__ or "").strip()
        parts.append(f"\n## {theme}\n\n{about}\n")
        parts += [_rule(rule) for rule in rules]
    return "".join(parts)


def _rule(rule: Rule) -> str:
    given = _given(rule.given)
    return (
        f"\n### {rule.code}\n\n{rule.what} ({rule.severity})\n\n{rule.why}\n\n{given}"
        f"Wrong:\n\n```sql\n{rule.wrong}\n```\n\nRight:\n\n```sql\n{rule.right}\n```\n"
    )


def _given(given: Given) -> str:
    said = []
    if given.audience:
        said.append("in an audience query")
    if given.parameters:
        said.append("with the declared parameters " + ", ".join(map(str, given.parameters)))
    if given.absent:
        said.append(f"on an instance without {', '.join(given.absent)}")
    return f"Here {' and '.join(said)}.\n\n" if said else ""
