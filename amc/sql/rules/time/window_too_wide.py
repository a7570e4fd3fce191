"""A window that is wider than what AMC keeps."""

from collections.abc import Iterator
from datetime import timedelta

from amc.sql.rules.base import Context, Remark, Rule

_KEPT = timedelta(days=400)
_LONGER = {"amazon_retail_purchases": timedelta(days=5 * 366)}


def _look(context: Context) -> Iterator[Remark]:
    if context.window is not None and context.window > _KEPT and not _long_only(context):
        yield Remark(
            (0, 1),
            f"The window of {context.window.days} days is wider than the 13 months that AMC keeps.",
        )
    for _, extended in context.analysis.extended:
        if extended.before is None or extended.after is None:
            continue
        kept = _LONGER.get((extended.table or "").lower().removesuffix("_for_audiences"), _KEPT)
        whole = extended.before + extended.after + (context.window or timedelta())
        if whole > kept and (context.window is None or context.window <= kept):
            place = extended.args[1] if extended.before >= extended.after else extended.args[2]
            yield Remark(
                place,
                f"This reaches over {whole.days} days; AMC keeps about {kept.days // 30} months.",
            )


def _long_only(context: Context) -> bool:
    names = {name.lower().removesuffix("_for_audiences") for _, name, _ in context.analysis.tables}
    return bool(names) and names <= _LONGER.keys()


RULE = Rule(
    code="window-too-wide",
    severity="warning",
    what="The query reaches further back than AMC's memory.",
    why=("AMC keeps 13 months (retail purchases 60); what lies before is silently missing."),
    wrong=(
        "SELECT campaign, SUM(impressions) AS n FROM "
        "TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P700D', 'P0D')) GROUP BY 1"
    ),
    right=(
        "SELECT campaign, SUM(impressions) AS n FROM "
        "TABLE(EXTEND_TIME_WINDOW('dsp_impressions', 'P28D', 'P0D')) GROUP BY 1"
    ),
    look=_look,
)
