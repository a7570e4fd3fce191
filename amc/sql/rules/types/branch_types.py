"""Branches of CASE, IF or COALESCE that have different types."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.nodes import AmcFunction, call_args, call_name
from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    node: exp.Expr
    for node in context.analysis.of(exp.Case):
        branches = [i.args.get("true") for i in node.args.get("ifs") or []]
        yield from _differ(context, "CASE", [*branches, node.args.get("default")])
    for node in context.analysis.of(exp.If):
        if not isinstance(node.parent, exp.Case):
            yield from _differ(context, "IF", [node.args.get("true"), node.args.get("false")])
    for node in context.analysis.of(exp.Coalesce, AmcFunction):
        name = call_name(node)
        if name in ("COALESCE", "IFNULL", "NVL"):
            yield from _differ(context, name, list(call_args(node)))


def _differ(context: Context, name: str, branches: list[exp.Expr | None]) -> Iterator[Remark]:
    first = ""
    for branch in branches:
        if branch is None:
            continue
        kind = family(context.analysis.fact(branch).type)
        if kind and first and kind != first:
            yield Remark(
                branch,
                f"All values of {name} have one type: this is a {_said(kind)}, the one before it a "
                f"{_said(first)}.",
            )
            return
        first = first or kind


def _said(kind: str) -> str:
    return {"time": "date or time", "truth": "truth value", "list": "list"}.get(kind, kind)


RULE = Rule(
    code="branch-types",
    severity="error",
    what="The branches have different types.",
    why=("AMC documents that the values of COALESCE (and of CASE and IF) must have one type."),
    wrong=(
        "SELECT COALESCE(device_type, 0) AS device, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT COALESCE(device_type, 'unknown') AS device, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
