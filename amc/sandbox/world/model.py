"""A world: accounts, instances, brands and what they advertise; frozen, for API and events."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from amc.sandbox.world.advertising import AdGroup, Campaign, Creative, Keyword, Market, Product

__all__ = [
    "Account",
    "AdGroup",
    "Advertiser",
    "Brand",
    "Campaign",
    "Creative",
    "Instance",
    "Keyword",
    "Market",
    "Product",
    "Profile",
    "User",
    "World",
]


@dataclass(frozen=True)
class Brand:
    """A brand in one market: products, campaigns, store.

    Attributes:
        build: makes the campaigns when they are asked for (a large world has many).
        dsp_advertiser_id: digits; None without DSP.
        new_share: share of users that never bought it before they met its ads.
        website: it sells on its own site too (off-Amazon conversions).
    """

    name: str
    slug: str
    market: Market
    products: tuple[Product, ...]
    build: Callable[[], tuple[Campaign, ...]] = field(repr=False, compare=False)
    entity_id: str
    dsp_advertiser_id: str | None
    store_id: str
    new_share: float
    website: bool
    seller: bool = False

    @cached_property
    def campaigns(self) -> tuple[Campaign, ...]:
        """Its campaigns in all ad products."""
        return self.build()

    @property
    def has_dsp(self) -> bool:
        """Whether it runs Amazon DSP."""
        return self.dsp_advertiser_id is not None


@dataclass(frozen=True)
class Advertiser:
    """An advertiser whose data an instance holds, in the words of the wire."""

    advertiser_id: str
    name: str
    kind: str
    marketplace_id: str | None
    configured: tuple[str, ...]


@dataclass(frozen=True)
class Instance:
    """An AMC instance.

    Attributes:
        kind: STANDARD or SANDBOX.
        canonical_name: the customer's name.
        events_per_month: rows of traffic in an average month.
        premium: names of paid data sources it subscribed to.
        unavailable: names of data sources that it lacks though others have them (no DSP).
        datasets: labels of the wire's optionalDatasets.
    """

    instance_id: str
    name: str
    kind: str
    entity_id: str
    canonical_name: str
    created_at: datetime
    brands: tuple[Brand, ...]
    market: Market
    timezone: str
    events_per_month: int
    advertisers: tuple[Advertiser, ...]
    s3_bucket_name: str
    sources: tuple[str, ...]
    premium: tuple[str, ...]
    unavailable: tuple[str, ...]
    datasets: tuple[str, ...]

    @property
    def type(self) -> str:
        """STANDARD or SANDBOX."""
        return self.kind

    @property
    def has_dsp(self) -> bool:
        """Whether any brand of it runs Amazon DSP."""
        return any(brand.has_dsp for brand in self.brands)

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return self.market.currency

    @cached_property
    def campaigns(self) -> tuple[Campaign, ...]:
        """Campaigns of all its brands."""
        return tuple(campaign for brand in self.brands for campaign in brand.campaigns)

    @cached_property
    def products(self) -> tuple[Product, ...]:
        """Products of all its brands."""
        return tuple(product for brand in self.brands for product in brand.products)

    def serves(self, source_name: str) -> bool:
        """Whether a data source can be queried here."""
        return source_name in self.sources or source_name in self.premium


@dataclass(frozen=True)
class Account:
    """An AMC account."""

    entity_id: str
    name: str
    marketplace_id: str
    region: str
    instances: tuple[Instance, ...]


@dataclass(frozen=True)
class Profile:
    """An advertising profile: of a brand in a country (vendor, seller), or of the agency.

    Attributes:
        account_id: the wire's accountInfo.id.
        entity_id: the AMC account whose brands it serves.
        brand_slug: empty for an agency, which has DSP advertisers instead.
    """

    profile_id: int
    region: str
    kind: str
    name: str
    account_id: str
    entity_id: str
    brand_slug: str
    market: Market
    timezone: str


@dataclass(frozen=True)
class User:
    """A person who can sign in; `accounts` None means all."""

    user_id: str
    name: str
    email: str
    accounts: frozenset[str] | None = None


@dataclass(frozen=True)
class World:
    """Everything Amazon knows here."""

    name: str
    fingerprint: str
    accounts: tuple[Account, ...]
    users: tuple[User, ...]
    profiles: tuple[Profile, ...]
    markets: Mapping[str, Market] = field(repr=False)
    more: Callable[[str], Instance | None] = field(
        default=lambda _: None, repr=False, compare=False
    )
    """Finds instances that came to be only while the local AMC ran."""

    @cached_property
    def instances(self) -> tuple[Instance, ...]:
        """Instances of all accounts."""
        return tuple(instance for account in self.accounts for instance in account.instances)

    @cached_property
    def _by_id(self) -> dict[str, Instance]:
        return {instance.instance_id: instance for instance in self.instances}

    @cached_property
    def _brands(self) -> dict[tuple[str, str], Brand]:
        return {
            (instance.entity_id, brand.slug): brand
            for instance in self.instances
            for brand in instance.brands
        }

    def instance(self, instance_id: str) -> Instance | None:
        """An instance by its id."""
        return self._by_id.get(instance_id) or self.more(instance_id)

    def account(self, entity_id: str) -> Account | None:
        """An account by its id."""
        return next((a for a in self.accounts if a.entity_id == entity_id), None)

    def brand_of(self, profile: Profile) -> Brand | None:
        """The brand of a profile; None for an agency."""
        return self._brands.get((profile.entity_id, profile.brand_slug))

    def campaigns_of(self, profile: Profile, ad_product: str) -> tuple[Campaign, ...]:
        """Sponsored-ads campaigns of a profile's brand in one ad product."""
        brand = self.brand_of(profile)
        return tuple(c for c in brand.campaigns if c.ad_product == ad_product) if brand else ()

    def dsp_brands_of(self, profile: Profile) -> tuple[Brand, ...]:
        """The brands with DSP of an agency profile's account and market."""
        if profile.kind != "agency":
            return ()
        return tuple(
            brand
            for (entity_id, _), brand in self._brands.items()
            if entity_id == profile.entity_id and brand.has_dsp and brand.market == profile.market
        )
