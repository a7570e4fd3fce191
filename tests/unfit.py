"""A set of 58 instances of which some cannot run what the others can."""

from collections.abc import Sequence
from typing import Any

from amc.container import Services
from amc.db.models import Account, Instance

SET = "Every brand"
LACKS = "amcfleet07"
CLOSED = "amcfleet31"
HOSTILE = "**B** <b>x</b> $\\frac{1}{2}$ :smile: [l](http://x)"
SQL = "SELECT campaign, SUM(impressions) AS n FROM dsp_impressions GROUP BY 1"
FULL = ("dsp_impressions", "dsp_clicks", "sponsored_ads_traffic", "conversions")


def columns(source: str) -> dict[str, Any]:
    """A data source as Amazon describes it."""
    names = ("campaign", "impressions", "user_id")
    return {"dataSourceId": source, "columns": [{"name": n} for n in names]}


def add_fleet(
    services: Services, count: int = 58, *, lacking: Sequence[str] = (LACKS,), closed: str = CLOSED
) -> list[str]:
    """The instances and the set; their ids."""
    now, ids = services.clock.now(), [f"amcfleet{n:02d}" for n in range(count)]
    with services.database.write() as session:
        account = Account(
            entity_id="ENTITYF", name="Agency", marketplace_id="ATVPDKIKX0DER", region="NA",
            first_seen_at=now, last_seen_at=now,
        )  # fmt: skip
        session.add(account)
        session.flush()
        for number, instance_id in enumerate(ids):
            has = ("sponsored_ads_traffic",) if instance_id in lacking else FULL
            is_closed = instance_id == closed
            session.add(
                Instance(
                    instance_id=instance_id, account_id=account.id,
                    name=HOSTILE if instance_id in (LACKS, CLOSED) else f"Brand {number}",
                    type="STANDARD", tags=[], details={}, first_seen_at=now, last_seen_at=now,
                    sources=[columns(s) for s in has], source_names=list(has), sources_at=now,
                    access="lost" if is_closed else "ok",
                    access_reason="Unauthorized request." if is_closed else "",
                )
            )  # fmt: skip
    services.instances.save_set("ann", SET, members=ids)
    return ids
