"""What is advertised where: marketplaces, products, campaigns and what they are made of."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Market:
    """An Amazon marketplace.

    Attributes:
        number: the numeric marketplace id of the event tables.
        domain: the name in the event tables, such as AMAZON.COM.
        level: prices and bids in its currency, per US dollar.
    """

    marketplace_id: str
    number: int
    country: str
    region: str
    currency: str
    currency_name: str
    domain: str
    timezone: str
    level: float


@dataclass(frozen=True)
class Product:
    """A product of a brand; `price` in the market's currency."""

    asin: str
    title: str
    brand: str
    category: str
    subcategory: str
    price: float
    sku: str
    search_word: str


@dataclass(frozen=True)
class Keyword:
    """What an ad group aims at. `match_type` as in the event tables, None for audiences."""

    text: str
    match_type: str | None
    search_terms: tuple[str, ...]


@dataclass(frozen=True)
class Creative:
    """An ad. `asin` is what it shows, for sponsored ads; `seconds` the length of a video."""

    creative_id: str
    name: str
    creative_type: str
    size: str
    asin: str | None = None
    seconds: int | None = None


@dataclass(frozen=True)
class AdGroup:
    """An ad group of sponsored ads, or a line item of DSP."""

    ad_group_id: str
    name: str
    line_item_type: str
    creatives: tuple[Creative, ...]
    keywords: tuple[Keyword, ...]
    bid: float


@dataclass(frozen=True)
class Campaign:
    """A campaign.

    Attributes:
        campaign_id: digits; the number of the event tables and of the API.
        campaign_id_string: the console's id for sponsored ads, the digits for DSP.
        ad_product: sponsored_products, sponsored_brands, sponsored_display,
            sponsored_television or dsp.
        media: what users see: search, display, online_video, streaming_tv, audio.
        price_type: CPC, VCPM or CPM.
        state: ENABLED, PAUSED or ARCHIVED.
        months: calendar months in which it runs; all when empty.
        weight: its share of the ad product's events, relative to the others.
        asins: the products it promotes.
        daily_budget: in the market's currency.
    """

    campaign_id: str
    campaign_id_string: str
    name: str
    brand: str
    ad_product: str
    media: str
    price_type: str
    state: str
    start_date: date
    end_date: date | None
    months: tuple[int, ...]
    weight: float
    asins: tuple[str, ...]
    daily_budget: float
    goal: str
    ad_groups: tuple[AdGroup, ...]
