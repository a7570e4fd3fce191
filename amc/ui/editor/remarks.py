"""What the checker's rules say of themselves, for the list under the editor."""

from collections.abc import Iterable
from functools import cache

from amc.sql.findings import Finding
from amc.sql.rules import ALL, Rule

_SYNTAX = {
    "what": "The text cannot be read.",
    "why": "Reading stopped at this place; nothing after it was looked at.",
}


@cache
def _rules() -> dict[str, Rule]:
    return {rule.code: rule for rule in ALL}


def rules_of(findings: Iterable[Finding]) -> dict[str, dict[str, str]]:
    """By code of the findings: `what` the rule says is wrong, and `why` AMC does so."""
    known, told = _rules(), {}
    for code in dict.fromkeys(finding.code for finding in findings):
        rule = known.get(code)
        if rule is not None:
            told[code] = {"what": rule.what, "why": rule.why}
        elif code == "syntax":
            told[code] = _SYNTAX
    return told
