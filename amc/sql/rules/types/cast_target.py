"""CAST to a type that AMC does not name."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.rules.base import Context, Edit, Remark, Rule

_OTHER = {
    "STRING": "VARCHAR",
    "TEXT": "VARCHAR",
    "NVARCHAR": "VARCHAR",
    "FLOAT64": "DOUBLE",
    "INT64": "BIGINT",
    "DATETIME": "TIMESTAMP",
    "LONG": "BIGINT",
    "NUMBER": "DECIMAL",
    "BYTEINT": "TINYINT",
}


def _look(context: Context) -> Iterator[Remark]:
    for node in context.analysis.of(exp.Cast):
        target = node.args["to"]
        end = context.places.span(node)[1]
        word = context.places.token_before(end - 1)
        if word is None or not word.text.isidentifier():
            continue
        known = context.analysis.fact(node).type.name != "UNKNOWN"
        other = _OTHER.get(word.upper)
        if other is not None or (not known and not getattr(target, "expressions", None)):
            says = f": write {other}" if other else ""
            edit = Edit((word.start, word.end), other) if other else None
            yield Remark((word.start, word.end), f"AMC names no type {word.text}{says}.", edit)


RULE = Rule(
    code="cast-target",
    severity="warning",
    what="The type of a CAST is not one of AMC's.",
    why=(
        "AMC names BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, DECIMAL, FLOAT, DOUBLE, "
        "VARCHAR, DATE, TIMESTAMP."
    ),
    wrong=(
        "SELECT CAST(campaign_id AS STRING) AS id, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    right=(
        "SELECT CAST(campaign_id AS VARCHAR) AS id, SUM(impressions) AS n FROM "
        "dsp_impressions GROUP BY 1"
    ),
    look=_look,
)
