"""A parameter used as another type than it is declared with."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.rules.base import Context, Given, Remark, Rule
from amc.sql.rules.shared import list_wanted, parameter_calls, partner
from amc.sql.types import parse_type


def _look(context: Context) -> Iterator[Remark]:
    declared = context.parameters or {}
    for node, kind, name in parameter_calls(context):
        said = declared.get(name, "") if kind == "CUSTOM_PARAMETER" else ""
        if not said:
            continue
        wanted = list_wanted(node)
        is_list = said.startswith("ARRAY")
        if wanted is not None and wanted != is_list:
            yield Remark(
                node,
                f"'{name}' is declared as {said}, and used as {'a list' if wanted else 'one value'}"
                + (": write ARRAY_CONTAINS(CUSTOM_PARAMETER('…'), x)." if is_list else "."),
            )
            continue
        if said in ("STRING", "BOOLEAN") and isinstance(node.parent, _CALCULATIONS):
            yield Remark(node, f"'{name}' is declared as {said}, and calculated with.")
            continue
        other = partner(node)
        if other is None or is_list:
            continue
        ours, theirs = family(parse_type(said)), family(context.analysis.fact(other).type)
        if ours and theirs and ours != theirs:
            yield Remark(
                node,
                f"'{name}' is declared as {said}, and compared with "
                f"{context.analysis.fact(other).type.name}.",
            )


_CALCULATIONS = (exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod)

RULE = Rule(
    code="parameter-type",
    severity="error",
    what="The parameter's declared type does not fit its use.",
    why="AMC puts the value in as a literal of the declared type.",
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE campaign = "
        "CUSTOM_PARAMETER('campaigns') GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions WHERE "
        "ARRAY_CONTAINS(CUSTOM_PARAMETER('campaigns'), campaign) GROUP BY 1"
    ),
    look=_look,
    given=Given(parameters={"campaigns": "ARRAY[STRING]"}),
)
