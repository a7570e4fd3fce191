"""What the generator needs of an instance, as arrays: who advertises what to whom, how much."""

from dataclasses import dataclass, field
from functools import cached_property
from importlib import resources
from math import gcd
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from amc.sandbox.events.calendar import busy, week_start
from amc.sandbox.events.people import mixed
from amc.sandbox.events.temper import Tempers, tempers
from amc.sandbox.world import Campaign, Instance
from amc.sandbox.world.stable import fraction, number, upper

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

PRODUCTS: tuple[str, ...] = (
    "dsp",
    "sponsored_products",
    "sponsored_brands",
    "sponsored_display",
    "sponsored_television",
)
MEDIA: tuple[str, ...] = ("search", "display", "online_video", "streaming_tv", "audio")
# Share of an instance's traffic by ad product.
_MIX = {"dsp": 0.52, "sponsored_products": 0.31, "sponsored_brands": 0.08,
        "sponsored_display": 0.07, "sponsored_television": 0.02}  # fmt: skip
# Share of the users whom a campaign may reach.
_WIDTHS = {
    "dsp": 0.42,
    "sponsored_products": 0.24,
    "sponsored_brands": 0.22,
    "sponsored_display": 0.2,
    "sponsored_television": 0.2,
}
# Users see ads in one of three ways of life; who is active in one need not be in another.
_FAMILIES = ("viewers", "readers", "shoppers")
_WEEKS_A_MONTH = 365.25 / 12 / 7


@dataclass(frozen=True)
class Ad:
    """A creative in an ad group of a campaign: a row of the dimension table `ads`."""

    campaign: int
    group: int
    creative: int


@dataclass(frozen=True)
class Plan:
    """The arrays of one instance. Campaigns are ordered DSP first."""

    instance: Instance
    population: int
    prefix: str
    campaigns: tuple[Campaign, ...]
    ads: tuple[Ad, ...]
    ad_first: Ints
    ad_count: Ints
    targets: tuple[tuple[int, int, int], ...]
    target_first: Ints
    target_count: Ints
    product: Ints
    brand: Ints
    offset: Floats
    width: Floats
    family: Ints
    response: float
    places: tuple[dict[str, Any], ...] = field(repr=False)
    devices: tuple[dict[str, Any], ...] = field(repr=False)

    @cached_property
    def strides(self) -> tuple[tuple[int, int], ...]:
        """For each family of users, an affine permutation of the population."""
        found = []
        for name in _FAMILIES:
            step = int(self.population * 0.618) + number("step", name, below=1000)
            while gcd(step, self.population) != 1:
                step += 1
            found.append((step, number("shift", self.prefix, name, below=self.population)))
        return tuple(found)

    @cached_property
    def promoted(self) -> Bools:
        """Campaign x product of the instance: whether the campaign promotes it."""
        asins = [product.asin for product in self.instance.products]
        found = np.zeros((len(self.campaigns), len(asins)), dtype=bool)
        for at, campaign in enumerate(self.campaigns):
            for asin in campaign.asins:
                found[at, asins.index(asin)] = True
        return found

    @cached_property
    def item_brand(self) -> Ints:
        """The brand of each product."""
        names = [brand.name for brand in self.instance.brands]
        return np.array([names.index(p.brand) for p in self.instance.products], dtype=np.int64)

    @cached_property
    def item_subcategory(self) -> Ints:
        """A number for each product's subcategory."""
        return _codes([p.brand + p.subcategory for p in self.instance.products])

    @cached_property
    def item_category(self) -> Ints:
        """A number for each product's category."""
        return _codes([p.brand + p.category for p in self.instance.products])

    @cached_property
    def subcategories(self) -> Bools:
        """Campaign x subcategory: whether the campaign promotes a product of it."""
        return _touched(self.promoted, self.item_subcategory)

    @cached_property
    def categories(self) -> Bools:
        """Campaign x category: whether the campaign promotes a product of it."""
        return _touched(self.promoted, self.item_category)

    @cached_property
    def temper(self) -> Tempers:
        """How campaigns differ in what people do after them."""
        return tempers(self.campaigns)

    @cached_property
    def vcpm(self) -> Bools:
        """Whether a campaign pays for viewable impressions."""
        return np.array([c.price_type == "VCPM" for c in self.campaigns], dtype=bool)

    @cached_property
    def seller(self) -> Bools:
        """Whether a campaign is of a seller (shorter attribution for Sponsored Products)."""
        return np.array([self.instance.brands[b].seller for b in self.brand], dtype=bool)

    def volume(self, week: int) -> Floats:
        """How many impressions each campaign has in a week, on average."""
        start, middle = week_start(week).date(), week_start(week).date().toordinal() + 3
        month = type(start).fromordinal(middle).month
        found = np.zeros(len(self.campaigns))
        for name in PRODUCTS:
            at = [i for i, c in enumerate(self.campaigns) if c.ad_product == name]
            steady = sum(self.campaigns[i].weight for i in at if not self.campaigns[i].months)
            for i in at:
                campaign = self.campaigns[i]
                if not runs(campaign, start.toordinal(), middle, month):
                    continue
                level, _ = busy(week, campaign.media, self.instance.timezone)
                found[i] = self._share(name) * campaign.weight / steady * level
        return found * self.instance.events_per_month / _WEEKS_A_MONTH

    def _share(self, product: str) -> float:
        present = {c.ad_product for c in self.campaigns}
        return _MIX[product] / sum(_MIX[name] for name in present)


def runs(campaign: Campaign, first_day: int, middle: int, month: int) -> bool:
    """Whether a campaign runs in the week that begins on an ordinal day."""
    if campaign.start_date.toordinal() > first_day:
        return False
    if campaign.end_date is not None and campaign.end_date.toordinal() < middle:
        return False
    return not campaign.months or month in campaign.months


def is_customer(plan: Plan, users: Ints, brand: Ints) -> Bools:
    """Whether users bought a brand before they met its ads."""
    share = np.array([0.04 + 0.24 * (1 - b.new_share) for b in plan.instance.brands])
    found = np.zeros(len(users), dtype=bool)
    for code in range(len(share)):
        at = brand == code
        found[at] = mixed(users[at], 200 + code, 10_000) < share[code] * 10_000
    return found


def build_plan(instance: Instance) -> Plan:
    """The plan of an instance."""
    campaigns = tuple(sorted(instance.campaigns, key=lambda c: PRODUCTS.index(c.ad_product)))
    ads = [
        [Ad(c, g, k) for g, group in enumerate(campaign.ad_groups)
         for k in range(len(group.creatives))]
        for c, campaign in enumerate(campaigns)
    ]  # fmt: skip
    targets = [list(_targets(c, campaign)) for c, campaign in enumerate(campaigns)]
    brands = [brand.name for brand in instance.brands]
    audience = [_audience(campaign) for campaign in campaigns]
    return Plan(
        instance=instance,
        population=max(4000, int(instance.events_per_month * 0.4)) | 1,
        prefix=upper(5, "user prefix", instance.instance_id),
        campaigns=campaigns,
        ads=tuple(ad for group in ads for ad in group),
        ad_first=_firsts([len(group) for group in ads]),
        ad_count=np.array([len(group) for group in ads], dtype=np.int64),
        targets=tuple(target for group in targets for target in group),
        target_first=_firsts([len(group) for group in targets]),
        target_count=np.array([len(group) for group in targets], dtype=np.int64),
        product=np.array([PRODUCTS.index(c.ad_product) for c in campaigns], dtype=np.int64),
        brand=np.array([brands.index(c.brand) for c in campaigns], dtype=np.int64),
        offset=np.array([a[1] for a in audience]),
        width=np.array([a[2] for a in audience]),
        family=np.array([a[0] for a in audience], dtype=np.int64),
        # Small advertisers speak to people who know them: more answers to an ad.
        response=float(np.clip((300_000 / instance.events_per_month) ** 0.4, 0.9, 3.0)),
        places=tuple(read_data("places")),
        devices=tuple(read_data("devices")),
    )


def _targets(at: int, campaign: Campaign) -> list[tuple[int, int, int]]:
    """(campaign, keyword, search term) for each way to be found."""
    return [
        (at, k, term)
        for k, keyword in enumerate(campaign.ad_groups[0].keywords)
        for term in range(max(1, len(keyword.search_terms)))
    ]


def _audience(campaign: Campaign) -> tuple[int, float, float]:
    """Family, place and width of the slice of users a campaign speaks to."""
    key = campaign.campaign_id
    width = _WIDTHS[campaign.ad_product]
    if campaign.media in ("streaming_tv", "audio"):
        family = 0
    elif campaign.ad_product == "dsp" and "Retargeting" not in campaign.name:
        family = 1
    else:
        family = 2
    if "Retargeting" in campaign.name or "Remarketing" in campaign.name:
        width *= 0.5
    return family, 0.3 * fraction("audience", key), width * (0.8 + 0.4 * fraction("width", key))


def _firsts(counts: list[int]) -> Ints:
    return np.concatenate(([0], np.cumsum(counts)[:-1])).astype(np.int64)


def _codes(names: list[str]) -> Ints:
    order = {name: at for at, name in enumerate(dict.fromkeys(names))}
    return np.array([order[name] for name in names], dtype=np.int64)


def _touched(promoted: Bools, codes: Ints) -> Bools:
    found = np.zeros((promoted.shape[0], int(codes.max(initial=0)) + 1), dtype=bool)
    for campaign, item in zip(*np.nonzero(promoted), strict=True):
        found[campaign, codes[item]] = True
    return found


def read_data(name: str) -> Any:
    """A YAML file of the data folder."""
    text = (resources.files(__package__) / "data" / f"{name}.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506
