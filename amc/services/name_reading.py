"""What a page of names at Amazon holds, as rows of ours."""

from dataclasses import dataclass
from datetime import datetime

from amc.api.wire import Campaign, Product
from amc.db.engine import Database
from amc.db.repos import fleet
from amc.db.repos import mappings as mapping_repo
from amc.services import name_parts as parts
from amc.services.amazon import Amazon
from amc.services.mapping_csv import MAX_NAME, MappingRow
from amc.services.mapping_views import RuleView, matches_text
from amc.services.mappings import MappingsService


@dataclass(frozen=True, slots=True)
class Claim:
    """A list that this process reads, under a lease that nobody else has."""

    key: int
    lease: datetime
    connection: str
    connection_key: int
    kind: str
    profile_id: str
    advertiser_id: str
    label: str
    cursor: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a page held, and where the next begins."""

    cursor: str
    campaigns: list[MappingRow]
    products: list[dict[str, str]]
    children: list[dict[str, str]]

    @property
    def count(self) -> int:
        """How many names."""
        return len(self.campaigns) + len(self.products)


class NameReading:
    """Asks Amazon for one page at a time."""

    def __init__(self, database: Database, amazon: Amazon, mappings: MappingsService) -> None:
        """Keep the parts."""
        self._database, self._amazon, self._mappings = database, amazon, mappings

    def page(self, claim: Claim) -> Found:
        """Ask Amazon for the page that a claim stands at.

        Raises:
            AmcError: it could not be read.
        """
        if claim.kind == parts.PROFILES:
            return self._profiles(claim)
        if claim.kind == parts.DSP:
            dsp = self._amazon.dsp(claim.connection, claim.advertiser_id)
            page = dsp.campaign_page(claim.cursor)
            return self._campaigns(claim, page.items, page.cursor)
        profile = self._amazon.profile(claim.connection, claim.profile_id)
        if claim.kind == parts.ADVERTISERS:
            children = [
                {
                    "kind": parts.DSP,
                    "profile_id": claim.profile_id,
                    "advertiser_id": one.advertiser_id,
                    "label": one.name,
                }
                for one in profile.list_dsp_advertisers()
            ]
            return Found("", [], [], children)
        if claim.kind == parts.PRODUCTS:
            products = profile.product_page(claim.cursor)
            found = [_product(item) for item in products.items if item.title]
            return Found(products.cursor, [], found, [])
        page = profile.campaign_page(claim.kind, claim.cursor)
        return self._campaigns(claim, page.items, page.cursor)

    def _profiles(self, claim: Claim) -> Found:
        children = []
        for profile in self._amazon.discovery(claim.connection, interactive=False).list_profiles():
            info = profile.account_info
            kinds = (parts.ADVERTISERS,) if info.type == "agency" else parts.SELLING
            children += [
                {"kind": kind, "profile_id": profile.profile_id, "label": info.name or ""}
                for kind in kinds
            ]
        return Found("", [], [], children)

    def _campaigns(self, claim: Claim, items: list[Campaign], cursor: str) -> Found:
        rules, brand = self._mappings.rules(), self._brand_of(claim.label)
        rows = []
        for item in items:
            name = (item.name or item.campaign_id)[:MAX_NAME]
            rule = next((r for r in rules if _fits(r, name, item.campaign_id)), None)
            rows.append(
                MappingRow(
                    0,
                    claim.kind,
                    item.campaign_id,
                    name,
                    rule.brand if rule else brand,
                    tuple(rule.tags) if rule else (),
                )
            )
        return Found(cursor, rows, [], [])

    def _brand_of(self, label: str) -> str:
        """The brand that an advertiser is called after, if we know one of that name."""
        wanted = {label.lower(), label.lower().removesuffix(" dsp")}
        with self._database.read() as session:
            known = {b.name for b in mapping_repo.brands(session)}
            known |= {i.brand for i, _ in fleet.instances(session) if i.brand}
        return next((name for name in sorted(known) if name.lower() in wanted), "")


def _fits(rule: RuleView, name: str, campaign_id: str) -> bool:
    return matches_text(rule, name if rule.field == "name" else campaign_id)


def _product(item: Product) -> dict[str, str]:
    return {
        "asin": item.asin,
        "title": item.title,
        "brand": item.brand or "",
        "category": item.category or "",
    }
