"""A function that AMC does not document."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.functions import functions
from amc.sql.nodes import (
    call_name,
)
from amc.sql.rules.base import Context, Edit, Remark, Rule, near
from amc.sql.rules.foreign import OTHER_NAMES, OTHER_RULES, REFUSED


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Anonymous):
        name = call_name(node)
        if name == "TABLE" or name in REFUSED or name in OTHER_RULES:
            continue
        advice = OTHER_NAMES.get(name)
        found = advice if advice in functions() else near(name, (f.lower() for f in functions()))
        if found:
            found = found.upper()
            start = context.places.span(node)[0]
            edit = Edit((start, start + len(name)), found)
            yield Remark(node, f"AMC documents no function {name}. Did you mean {found}?", edit)
        else:
            says = f" {advice}" if advice else ""
            yield Remark(node, f"AMC documents no function {name}.{says}")


RULE = Rule(
    code="unknown-function",
    severity="warning",
    what="The function is not documented for AMC.",
    why=("AMC's list of functions may be longer than its documentation, so this may still run."),
    wrong="SELECT CEILING(AVG(impressions)) AS n FROM dsp_impressions",
    right="SELECT CEIL(AVG(impressions)) AS n FROM dsp_impressions",
    look=_look,
)
