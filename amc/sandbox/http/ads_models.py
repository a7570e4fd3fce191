"""Wire models of the campaign and product look-ups."""

from typing import Annotated, Literal

from pydantic import Field

from amc.sandbox.http.wire import Wire


class Include(Wire):
    """`{"include": […]}`."""

    include: list[str] = Field(default_factory=list, max_length=1000)


SpState = Literal["ENABLED", "PAUSED", "ARCHIVED", "PROPOSED", "ENABLING", "USER_DELETED", "OTHER"]


class SpStates(Wire):
    """States of Sponsored Products campaigns."""

    include: list[SpState] = Field(default_factory=list)


class NameFilter(Wire):
    """A filter by name."""

    include: list[str] = Field(default_factory=list, max_length=100)

    query_term_match_type: Literal["BROAD_MATCH", "EXACT_MATCH"] = "BROAD_MATCH"


class CampaignQuery(Wire):
    """The body that the campaign lists have in common."""

    campaign_id_filter: Include | None = None
    state_filter: Include | None = None
    portfolio_id_filter: Include | None = None
    name_filter: NameFilter | None = None
    max_results: int | None = Field(None, ge=1)
    next_token: str | None = None
    include_extended_data_fields: bool | None = None


class SpCampaignQuery(CampaignQuery):
    """POST /sp/campaigns/list."""

    state_filter: SpStates | None = None  # type: ignore[assignment]


class UnifiedQuery(CampaignQuery):
    """POST /adsApi/v1/query/campaigns."""

    ad_product_filter: Include


Asin = Annotated[str, Field(min_length=10, max_length=10)]


class ProductQuery(Wire):
    """POST /product/metadata."""

    asins: list[Asin] | None = Field(None, max_length=300)
    skus: list[str] | None = Field(None, max_length=300)
    search_str: str | None = None
    page_index: int = Field(ge=0)
    page_size: int = Field(ge=1, le=300)
    ad_type: Literal["SP", "SB", "SD"] | None = None
    locale: str | None = None
    check_item_details: bool | None = None
    check_eligibility: bool | None = None
    is_global_store_selection: bool | None = None
    sort_by: Literal["CREATED_DATE", "SUGGESTED"] | None = None
    sort_order: Literal["ASC", "DESC"] | None = None
    cursor_token: str | None = None
