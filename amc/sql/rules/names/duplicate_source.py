"""Two sources of a SELECT under one name."""

from collections.abc import Iterator

from amc.sql.rules.base import Context, Remark, Rule


def _look(context: Context) -> Iterator[Remark]:
    for level in context.analysis.levels:
        seen: set[str] = set()
        for source in level.sources:
            if source.alias and source.alias in seen:
                yield Remark(
                    source.node, f"'{source.alias}' is read twice here: give each an alias."
                )
            seen.add(source.alias)


RULE = Rule(
    code="duplicate-source",
    severity="error",
    what="Two tables of a SELECT have the same name.",
    why=(
        "AMC answers: Duplicate relation name. A table that is joined with itself needs "
        "two aliases."
    ),
    wrong=(
        "SELECT COUNT(DISTINCT dsp_impressions.user_id) AS users FROM dsp_impressions "
        "JOIN dsp_impressions ON dsp_impressions.user_id = dsp_impressions.user_id"
    ),
    right="SELECT COUNT(DISTINCT user_id) AS users FROM dsp_impressions",
    look=_look,
)
