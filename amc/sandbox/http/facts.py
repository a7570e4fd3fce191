"""What the HTTP surface needs of a world, in the words of the wire."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from amc.sandbox.world.model import Brand, Instance, Market, Product, World
from amc.sandbox.world.model import Campaign as WorldCampaign
from amc.sandbox.world.model import Profile as WorldProfile
from amc.sandbox.world.stable import digits, number

Doc = dict[str, Any]
_LISTED = date(2021, 2, 1)


@dataclass(frozen=True)
class Account:
    """An AMC account; `owner` is the account that a sponsored-ads entity belongs to."""

    entity_id: str
    name: str
    marketplace_id: str
    region: str
    owner: str = ""

    @property
    def instant(self) -> bool:
        """Whether it is a sponsored-ads entity with an instant self-service instance."""
        return bool(self.owner)


@dataclass(frozen=True)
class Profile:
    """An advertising profile; `account_id` is the wire's, `entity_id` the AMC account it serves."""

    profile_id: int
    region: str
    kind: str
    name: str
    account_id: str
    entity_id: str
    country_code: str
    currency_code: str
    timezone: str
    marketplace_id: str


@dataclass(frozen=True)
class Campaign:
    """A campaign of an advertiser; `state` in capitals, money in the profile's currency."""

    campaign_id: str
    name: str
    ad_product: str
    entity_id: str
    state: str
    start_date: date
    daily_budget: float
    end_date: date | None
    price_type: str


@dataclass(frozen=True)
class InstanceFact:
    """An instance as the world has it."""

    instance_id: str
    entity_id: str
    name: str
    kind: str
    advertiser: str | None
    region: str
    created: str
    bucket: str
    datasets: tuple[str, ...]
    advertisers: tuple[Doc, ...]

    def document(self) -> Doc:
        """The wire's instance object."""
        return {
            "instanceId": self.instance_id,
            "instanceName": self.name,
            "instanceType": self.kind,
            "customerCanonicalName": self.advertiser,
            "creationStatus": "COMPLETED",
            "creationDatetime": self.created,
            "s3BucketName": self.bucket,
            "awsAccountId": digits(12, "aws", self.entity_id) if self.bucket else "",
            "entities": [self.region],
            "dataUploadAwsAccountId": "444455556666",
            "apiEndpoint": "https://advertising-api.amazon.com",
            "acrCollaboration": None,
            "optionalDatasets": [
                {"label": label, "activationTime": self.created} for label in self.datasets
            ],
            "advertiserTypes": sorted({item["type"] for item in self.advertisers}),
        }

    def advertiser_documents(self) -> list[Doc]:
        """The wire's advertisers."""
        return [dict(item) for item in self.advertisers]


class Facts:
    """All of a world that the wire shows; look-ups are made when asked for."""

    def __init__(self, world: World) -> None:
        """Take a world."""
        self._world = world
        self.accounts = tuple(
            Account(a.entity_id, a.name, a.marketplace_id, a.region) for a in world.accounts
        )
        self.profiles = tuple(_profile(profile) for profile in world.profiles)
        self._worlds_profiles = {profile.profile_id: profile for profile in world.profiles}
        self.users = tuple((u.user_id, u.name, u.email, u.accounts) for u in world.users)

    @cached_property
    def instances(self) -> tuple[InstanceFact, ...]:
        """Every instance, account by account."""
        return tuple(
            _instance(instance, account.region)
            for account in self._world.accounts
            for instance in account.instances
        )

    @cached_property
    def _by_account(self) -> dict[str, tuple[InstanceFact, ...]]:
        return {
            account.entity_id: tuple(f for f in self.instances if f.entity_id == account.entity_id)
            for account in self._world.accounts
        }

    def instances_of(self, entity_id: str) -> tuple[InstanceFact, ...]:
        """The world's instances of an account."""
        return self._by_account.get(entity_id, ())

    @cached_property
    def _entities(self) -> dict[str, tuple[Brand, str]]:
        return {
            brand.entity_id: (brand, instance.entity_id)
            for instance in self._world.instances
            for brand in instance.brands
        }

    def instant_account(self, entity_id: str) -> Account | None:
        """What the entity of a sponsored-ads account is as an account of its own."""
        found = self._entities.get(entity_id)
        if found is None:
            return None
        brand, owner = found
        market = brand.market
        return Account(entity_id, brand.name, market.marketplace_id, market.region, owner)

    def advertiser(self, item: Doc) -> Doc:
        """The wire's document of an advertiser that was asked for; its name if it has one here."""
        sponsored = item["type"] == "SPONSORED_ADS"
        brand, suffix = self._dsp.get(item["id"]), " DSP"
        if sponsored and item["id"] in self._entities:
            brand, suffix = self._entities[item["id"]][0], ""
        return {
            "name": f"{brand.name}{suffix}" if brand else f"Advertiser {item['id']}",
            "id": item["id"],
            "marketplaceId": item.get("marketplaceId") if sponsored else None,
            "type": item["type"],
            "configuredAdvertiserTypes": ["SPONSORED_PRODUCTS", "SPONSORED_BRANDS"]
            if sponsored
            else [item["type"]],
        }

    @cached_property
    def _by_id(self) -> dict[str, InstanceFact]:
        return {fact.instance_id: fact for fact in self.instances}

    def instance(self, instance_id: str) -> InstanceFact | None:
        """One of the world's instances, or nothing."""
        return self._by_id.get(instance_id)

    def campaigns(self, profile: Profile, ad_product: str) -> tuple[Campaign, ...]:
        """Sponsored-ads campaigns of a profile."""
        theirs = self._worlds_profiles[profile.profile_id]
        brand = self._world.brand_of(theirs)
        entity_id = brand.entity_id if brand else ""
        found = self._world.campaigns_of(theirs, ad_product)
        return tuple(_campaign(item, entity_id) for item in found)

    @cached_property
    def _dsp(self) -> dict[str, Brand]:
        return {
            brand.dsp_advertiser_id: brand
            for instance in self._world.instances
            for brand in instance.brands
            if brand.dsp_advertiser_id is not None
        }

    def dsp_campaigns(self, advertiser_id: str) -> tuple[Campaign, ...] | None:
        """Campaigns of a DSP advertiser; None when there is none of that id."""
        brand = self._dsp.get(advertiser_id)
        if brand is None:
            return None
        return tuple(
            _campaign(item, advertiser_id) for item in brand.campaigns if item.ad_product == "dsp"
        )

    def dsp_advertisers(self, profile: Profile) -> list[Doc]:
        """DSP advertisers of an agency profile."""
        return [
            {
                "advertiserId": brand.dsp_advertiser_id,
                "name": f"{brand.name} DSP",
                "currency": brand.market.currency,
                "url": f"https://{brand.slug}.example.com",
                "country": _country(brand.market),
                "timezone": brand.market.timezone,
            }
            for brand in self._world.dsp_brands_of(self._worlds_profiles[profile.profile_id])
        ]

    def products(self, profile: Profile) -> list[Doc]:
        """Products of a profile's brand."""
        brand = self._world.brand_of(self._worlds_profiles[profile.profile_id])
        if brand is None:
            return []
        return [_product(item, brand.market.currency) for item in brand.products]


def _country(market: Market) -> str:
    """The wire's country code: the United Kingdom is UK there, never GB."""
    return "UK" if market.country == "GB" else market.country


def _profile(profile: WorldProfile) -> Profile:
    market = profile.market
    return Profile(
        profile.profile_id, profile.region, profile.kind, profile.name, profile.account_id,
        profile.entity_id, _country(market), market.currency, profile.timezone,
        market.marketplace_id,
    )  # fmt: skip


def _instance(instance: Instance, region: str) -> InstanceFact:
    created = instance.created_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    advertisers = tuple(
        {
            "name": item.name,
            "id": item.advertiser_id,
            "marketplaceId": item.marketplace_id,
            "type": item.kind,
            "configuredAdvertiserTypes": list(item.configured),
        }
        for item in instance.advertisers
    )
    return InstanceFact(
        instance.instance_id, instance.entity_id, instance.name, instance.kind,
        instance.canonical_name or None, region, created, instance.s3_bucket_name,
        instance.datasets, advertisers,
    )  # fmt: skip


def _campaign(item: WorldCampaign, entity_id: str) -> Campaign:
    return Campaign(
        item.campaign_id, item.name, item.ad_product, entity_id, item.state, item.start_date,
        item.daily_budget, item.end_date, item.price_type,
    )  # fmt: skip


def _product(item: Product, currency: str) -> Doc:
    return {
        "asin": item.asin,
        "sku": item.sku,
        "title": item.title,
        "brand": item.brand,
        "category": item.category,
        "imageUrl": f"https://images.example.com/{item.asin}.jpg",
        "availability": "IN_STOCK",
        "priceToPay": {"amount": round(item.price, 2), "currency": currency},
        "basisPrice": {"amount": round(item.price * 1.15, 2), "currency": currency},
        "bestSellerRank": str(number("rank", item.asin, below=5000) + 1),
        "createdDate": (
            _LISTED + timedelta(days=number("listed", item.asin, below=900))
        ).isoformat(),
        "variationList": [],
    }
