"""Wire models of AMC administration."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, JsonValue

from amc.sandbox.http.wire import Flag, Wire, empty_is_absent

InstanceName = Annotated[str, Field(min_length=3, max_length=50, pattern=r"^[A-Za-z0-9 ]+$")]
AccountNumber = Annotated[str, Field(pattern=r"^\d{12}$")]


class InstanceBody(Wire):
    """POST of an instance."""

    instance_name: InstanceName
    advertiser_name: str | None = Field(None, max_length=200)
    aws_account_id: Annotated[AccountNumber | None, BeforeValidator(empty_is_absent)] = None
    s3_bucket_name: str | None = Field(None, max_length=63)
    idempotency_token: str | None = Field(None, min_length=1, max_length=36)
    acr_backed: Flag = None
    acr_customer_partners: list[JsonValue] | None = None


class InstanceChange(Wire):
    """PUT of an instance."""

    instance_name: InstanceName | None = None
    advertiser_name: str | None = Field(None, max_length=200)
    aws_account_id: Annotated[AccountNumber | None, BeforeValidator(empty_is_absent)] = None
    s3_bucket_name: str | None = Field(None, max_length=63)


class AwsAccountBody(Wire):
    """POST updateCustomerAwsAccount."""

    aws_account_id: AccountNumber
    bucket_name: str | None = Field(None, max_length=63)


AdvertiserType = Literal["DISPLAY", "SAS", "SPONSORED_ADS"]


class AdvertiserItem(Wire):
    """An advertiser to add or remove."""

    id: str = Field(min_length=1)
    marketplace_id: str | None = None
    type: AdvertiserType


class AdvertiserChange(Wire):
    """POST of an advertiser update."""

    advertisers_to_add: list[AdvertiserItem] = Field(default_factory=list, max_length=10)
    advertisers_to_remove: list[AdvertiserItem] = Field(default_factory=list, max_length=10)
