"""campaign_id joined with campaign_id_string."""

from collections.abc import Iterator

from sqlglot import exp

from amc.sql.inference import family
from amc.sql.rules.base import Context, Remark, Rule
from amc.sql.rules.shared import equalities


def _look(context: Context) -> Iterator[Remark]:
    for join in context.analysis.of(exp.Join):
        for left, right in equalities(join.args.get("on")):
            ours, theirs = context.analysis.fact(left), context.analysis.fact(right)
            if {family(ours.type), family(theirs.type)} != {"text", "number"}:
                continue
            if not (ours.real and theirs.real) or ours.given or theirs.given:
                continue
            yield Remark(
                left.parent or left,
                f"{left.name} and {right.name} are different kinds of ids (number and text), which "
                "differ for sponsored ads: join campaign_id_string with campaign_id_string.",
            )


RULE = Rule(
    code="joined-ids",
    severity="warning",
    what="A numeric id is joined with a text id.",
    why=(
        "For sponsored ads campaign_id is an internal number and campaign_id_string the "
        "console's id; they never match."
    ),
    wrong=(
        "SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users FROM dsp_impressions i "
        "JOIN sponsored_ads_traffic s ON i.campaign_id = s.campaign_id_string GROUP BY 1"
    ),
    right=(
        "SELECT i.campaign, COUNT(DISTINCT i.user_id) AS users FROM dsp_impressions i "
        "JOIN sponsored_ads_traffic s ON i.campaign_id_string = s.campaign_id_string "
        "GROUP BY 1"
    ),
    look=_look,
)
