"""The rules of the checker: one a module, in folders by theme; each carries its documentation.

A module of a theme that holds a `RULE` is a rule; nothing else registers it.
"""

import pkgutil
from importlib import import_module

from amc.sql.rules.base import Context, Edit, Given, Remark, Rule


def _discovered() -> dict[str, tuple[Rule, ...]]:
    themes: dict[str, list[Rule]] = {}
    for found in sorted(pkgutil.walk_packages(__path__, f"{__name__}."), key=lambda m: m.name):
        theme, _, module = found.name.removeprefix(f"{__name__}.").partition(".")
        if not module:
            continue
        rule = getattr(import_module(found.name), "RULE", None)
        if isinstance(rule, Rule):
            themes.setdefault(theme, []).append(rule)
    return {theme: tuple(rules) for theme, rules in themes.items()}


THEMES: dict[str, tuple[Rule, ...]] = _discovered()
ALL: tuple[Rule, ...] = tuple(rule for rules in THEMES.values() for rule in rules)

__all__ = ["ALL", "THEMES", "Context", "Edit", "Given", "Remark", "Rule"]
