"""What the HTTP surface needs of a world, in the words of the wire."""

from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

Doc = dict[str, Any]


@dataclass(frozen=True)
class Account:
    """An AMC account."""

    entity_id: str
    name: str
    marketplace_id: str
    region: str


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
    state: str = "ENABLED"
    start_date: date = date(2025, 1, 10)
    daily_budget: float = 50.0


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
    datasets: tuple[str, ...]
    advertisers: tuple[Doc, ...] = field(default=(), hash=False)

    def document(self) -> Doc:
        """The wire's instance object."""
        return {
            "instanceId": self.instance_id,
            "instanceName": self.name,
            "instanceType": self.kind,
            "customerCanonicalName": self.advertiser,
            "creationStatus": "COMPLETED",
            "creationDatetime": self.created,
            "s3BucketName": "",
            "awsAccountId": "",
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


@dataclass(frozen=True)
class Facts:
    """All of a world that the wire shows.

    Attributes:
        campaigns: of sponsored ads, by profile and ad product.
        dsp_campaigns: by DSP advertiser id.
        dsp_advertisers: the wire's documents, by profile.
        products: the wire's documents, by profile.
    """

    accounts: tuple[Account, ...]
    profiles: tuple[Profile, ...]
    instances: tuple[InstanceFact, ...]
    campaigns: dict[tuple[int, str], tuple[Campaign, ...]]
    dsp_campaigns: dict[str, tuple[Campaign, ...]]
    dsp_advertisers: dict[int, list[Doc]]
    products: dict[int, list[Doc]]

    def instance(self, instance_id: str) -> InstanceFact | None:
        """One of the world's instances, or nothing."""
        return self._by_id.get(instance_id)

    @cached_property
    def _by_id(self) -> dict[str, InstanceFact]:
        return {fact.instance_id: fact for fact in self.instances}
