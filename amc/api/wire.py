"""What Amazon's answers become: snake_case here, camelCase only at the edge.

Readers are tolerant: unknown fields are kept, enums are open, a field of the wrong type counts as
absent, ids are text whatever JSON made of them. Only what nothing works without is required.
"""

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from amc.api.values import (
    Flag,
    Id,
    Instant,
    Number,
    Object,
    Objects,
    OptionalId,
    OptionalText,
    Reason,
    Text,
    Texts,
    to_object,
    to_objects,
)
from amc.errors import UnreadableAnswerError

STATES_IN_PROGRESS = frozenset({"PENDING", "RUNNING", "PUBLISHING"})
STATES_FINAL = frozenset({"SUCCEEDED", "FAILED", "REJECTED", "CANCELLED"})


class Wire(BaseModel):
    """One object of an answer; `request_id` says which call brought it."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True
    )

    request_id: Text = Field("", exclude=True)

    @classmethod
    def read(cls, value: Any, *, request_id: str = "") -> Self:
        """The value as this type.

        Raises:
            UnreadableAnswerError: it is no object, or something that is required is missing.
        """
        if not isinstance(value, dict):
            raise UnreadableAnswerError(
                f"Amazon's answer holds no {cls.__name__}, but {type(value).__name__}.",
                request_id=request_id,
            )
        try:
            # Extra fields may have any name; only strings can be keyword names.
            return cls.model_validate(value | {"requestId": request_id})
        except ValidationError as exc:
            where = sorted({".".join(str(p) for p in e["loc"]) for e in exc.errors()})
            raise UnreadableAnswerError(
                f"Amazon's answer lacks a usable {', '.join(where)[:200]}.", request_id=request_id
            ) from exc

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data in Amazon's own spelling, unknown fields included."""
        return self.model_dump(mode="json", by_alias=True)


class AmcAccount(Wire):
    """An AMC account that the login administers."""

    account_id: Id
    account_name: Text = ""
    marketplace_id: Text = ""


class AccountInfo(Wire):
    """Whose profile it is; `id` is an `ENTITY…` for vendors, a merchant id for sellers."""

    id: OptionalId = None
    type: Text = ""
    sub_type: Text = ""
    name: Text = ""
    marketplace_string_id: Text = ""
    valid_payment_method: Flag = None


class Profile(Wire):
    """An advertising profile. Its id is never an AMC account id."""

    profile_id: Id
    country_code: Text = ""
    currency_code: Text = ""
    timezone: Text = ""
    daily_budget: Number = None
    account_info: Annotated[AccountInfo, BeforeValidator(to_object)] = AccountInfo()

    @property
    def is_attribution(self) -> bool:
        """Whether it is an old Amazon Attribution profile, to be hidden."""
        return self.account_info.sub_type == "AMAZON_ATTRIBUTION"


class AlternateId(Wire):
    """What an ads account is called elsewhere: a profile id or an entity id."""

    country_code: Text = ""
    profile_id: OptionalId = None
    entity_id: OptionalId = None


class AdsAccount(Wire):
    """An ads account with its alternate ids."""

    ads_account_id: Id
    account_name: Text = ""
    status: Text = ""
    country_codes: Texts = []
    alternate_ids: Annotated[list[AlternateId], BeforeValidator(to_objects)] = []


class AmcInstance(Wire):
    """An AMC instance. `instance_type` is STANDARD, SANDBOX or a word that we do not know."""

    instance_id: Id
    instance_name: Text = ""
    instance_type: OptionalText = None
    customer_canonical_name: OptionalText = None
    creation_status: OptionalText = None
    creation_datetime: Instant = None
    s3_bucket_name: OptionalText = Field(None, alias="s3BucketName")
    s3_bucket_region: OptionalText = Field(None, alias="s3BucketRegion")
    aws_account_id: OptionalText = None
    data_upload_aws_account_id: OptionalText = None
    api_endpoint: OptionalText = None
    entities: Texts = []
    advertiser_types: Texts = []
    optional_datasets: Objects = []

    @property
    def is_sandbox(self) -> bool:
        """Whether it holds synthetic data only."""
        return self.instance_type == "SANDBOX"


class Advertiser(Wire):
    """An advertiser that feeds an instance; `marketplace_id` is None for DSP."""

    id: Id
    name: Text = ""
    marketplace_id: OptionalText = None
    type: Text = ""
    configured_advertiser_types: Texts = []


class AdvertiserUpdate(Wire):
    """An asked change of an instance's advertisers; `status` such as PENDING."""

    update_id: Id
    status: Text = ""
    advertisers_to_add: Objects = []
    advertisers_to_remove: Objects = []


class AwsStack(Wire):
    """Where the customer makes the stack that lets Amazon write into their bucket."""

    cfn_bucket_url: Text = ""


class Collaboration(Wire):
    """The AWS Clean Rooms collaboration of an instance."""

    id: OptionalId = None
    name: Text = ""
    description: OptionalText = None


class Workflow(Wire):
    """A saved workflow."""

    workflow_id: Id
    sql_query: Text = ""
    input_parameters: Objects = []
    output_columns: Objects = []
    filtered_metrics_discriminator_column: OptionalText = None
    distinct_user_count_column: OptionalText = None
    filtered_reason_column: OptionalText = None
    privacy_filtering_behavior: OptionalText = None


class WorkflowExecution(Wire):
    """One run at Amazon. `status` is Amazon's word, also one that we do not know.

    `time_window_start` and `_end` are instants; the `_original` ones are the texts as asked,
    without a zone.
    """

    workflow_execution_id: Id
    status: Id
    workflow_id: Text = ""
    status_reason: Reason = None
    create_time: Instant = None
    last_updated_time: Instant = None
    expire_time: Instant = None
    validated_time: Instant = None
    execution_time: Number = None
    execution_category: OptionalText = None
    time_window_start: Instant = None
    time_window_end: Instant = None
    time_window_start_original: OptionalText = None
    time_window_end_original: OptionalText = None
    time_window_time_zone_original: OptionalText = None
    parameter_values: Object = {}
    require_synthetic_data: Flag = None
    disable_aggregation_controls: Flag = None
    workflow_execution_timeout_seconds: Number = None
    output_columns: Objects = []
    output_channels: Objects = []
    output_s3_uri: OptionalText = Field(None, alias="outputS3URI")
    sql_query: OptionalText = None

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen; an unknown status counts as in progress."""
        return self.status in STATES_FINAL


class DownloadUrls(Wire):
    """Signed addresses of the result's parts, in order; good for ten minutes, never logged."""

    download_urls: Texts = Field([], repr=False)
    metadata_download_urls: Texts = Field([], repr=False)


class DataSource(Wire):
    """A table of an instance, with its columns as Amazon describes them."""

    data_source_id: Id
    description: OptionalText = None
    owner: OptionalText = None
    provider: OptionalText = None
    columns: Objects = []
    output_channels: Objects = []
    tags: Objects = []
    is_premium: Flag = None


class NativeSchedule(Wire):
    """A schedule kept by AMC itself: daily or weekly, at an hour of UTC, without parameters."""

    schedule_id: Id
    workflow_id: Text = ""
    aggregation_period: Text = ""
    aggregation_start_day: OptionalText = None
    aggregation_hour_utc: Number = None
    schedule_enabled: Flag = None
    require_synthetic_data: Flag = None


class Campaign(Wire):
    """A campaign as any of the campaign APIs lists it; the id is text of up to 19 digits."""

    campaign_id: Id
    name: Text = ""
    state: Text = ""
    start_date: OptionalText = None
    end_date: OptionalText = None
    ad_product: OptionalText = None


class DspAdvertiser(Wire):
    """An advertiser of a DSP seat."""

    advertiser_id: Id
    name: Text = ""
    currency: OptionalText = None
    country: OptionalText = None
    timezone: OptionalText = None


class Product(Wire):
    """What Amazon says of an ASIN."""

    asin: Id
    title: Text = ""
    brand: OptionalText = None
    category: OptionalText = None
    sku: OptionalText = None
    image_url: OptionalText = None
    availability: OptionalText = None


class UserProfile(Wire):
    """Who gave consent; needs a token with the profile scope."""

    user_id: Id = Field(alias="user_id")
    name: Text = ""
    email: OptionalText = None
