"""The campaigns of a brand: a plausible account structure, the same in every run."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from amc.sandbox.world.advertising import (
    AdGroup,
    Campaign,
    Creative,
    Keyword,
    Market,
    Product,
)
from amc.sandbox.world.stable import digits, fraction, number, upper


@dataclass(frozen=True)
class Shape:
    """How a campaign is built; `at_least` is the size of instance (events a month) that has it."""

    name: str
    ad_product: str
    media: str
    price_type: str
    weight: float
    at_least: int
    goal: str
    targets: str
    creatives: tuple[tuple[str, str, int | None], ...]
    line_item_type: str
    months: tuple[int, ...] = ()
    end: date | None = None
    per_category: bool = False


_DISPLAY = (("Standard Display", "300x250", None), ("Responsive eCommerce", "Responsive", None),
            ("Standard Display", "728x90", None))  # fmt: skip
_TV = (("Streaming TV Video", "1920x1080", 30), ("Streaming TV Video", "1920x1080", 15))
_OLV = (("Streaming TV Video", "1280x720", 15), ("Streaming TV Video", "1280x720", 6))
_SP = (("static_image", "", None),)
_VIDEO = (("video", "", 20),)

SHAPES: tuple[Shape, ...] = (
    Shape("{b}_STV_Awareness", "dsp", "streaming_tv", "CPM", 16, 0, "REACH", "Streaming",
          _TV, "AAP_VIDEO_CPM"),
    Shape("{b}_Display_Prospecting", "dsp", "display", "CPM", 34, 0, "DPVR", "In-market",
          _DISPLAY, "AAP"),
    Shape("{b}_Display_Retargeting", "dsp", "display", "CPM", 24, 0, "ROAS", "Viewed",
          _DISPLAY, "AAP_MOBILE"),
    Shape("{b}_OLV_Consideration", "dsp", "online_video", "CPM", 12, 80_000, "COMPLETION_RATE",
          "Lifestyle", _OLV, "AAP_VIDEO_CPM"),
    Shape("{b}_Audio_Reach", "dsp", "audio", "CPM", 6, 400_000, "REACH", "Listeners",
          (("Audio", "1x1", 30),), "AAP_AUDIO_CPM"),
    Shape("{b}_PrimeDay_STV", "dsp", "streaming_tv", "CPM", 30, 150_000, "REACH", "Prime",
          _TV, "AAP_VIDEO_CPM", months=(7,)),
    Shape("{b}_BFCM_Display", "dsp", "display", "CPM", 40, 80_000, "TOTAL_ROAS", "Deal seekers",
          _DISPLAY, "AAP", months=(11,)),
    Shape("{b}_Launch_Display", "dsp", "display", "CPM", 14, 200_000, "PAGE_VISIT", "Launch",
          _DISPLAY, "CLASS_I_WEB", end=date(2026, 5, 31)),
    Shape("SP | {b} | {c} | Auto", "sponsored_products", "search", "CPC", 10, 0, "NONE", "auto",
          _SP, "SPONSORED_PRODUCTS", per_category=True),
    Shape("SP | {b} | {c} | Keywords", "sponsored_products", "search", "CPC", 14, 50_000, "NONE",
          "keywords", _SP, "SPONSORED_PRODUCTS", per_category=True),
    Shape("SP | {b} | Branded Exact", "sponsored_products", "search", "CPC", 12, 0, "NONE",
          "branded", _SP, "SPONSORED_PRODUCTS"),
    Shape("SB | {b} | Store Spotlight", "sponsored_brands", "search", "CPC", 10, 0, "NONE",
          "branded", (("ProductList", "", None),), "SPONSORED_BRANDS"),
    Shape("SB | {b} | Category Video", "sponsored_brands", "search", "CPC", 8, 80_000, "NONE",
          "keywords", _VIDEO, "SPONSORED_BRANDS"),
    Shape("SB | {b} | Brand Reach", "sponsored_brands", "search", "VCPM", 6, 300_000, "NONE",
          "keywords", _VIDEO, "SPONSORED_BRANDS"),
    Shape("SD | {b} | Views Remarketing", "sponsored_display", "display", "VCPM", 10, 0, "NONE",
          "audience", _SP, "SPONSORED_DISPLAY"),
    Shape("SD | {b} | Product Targeting", "sponsored_display", "display", "CPC", 8, 50_000, "NONE",
          "audience", _SP, "SPONSORED_DISPLAY"),
    Shape("STV | {b} | Always On", "sponsored_television", "streaming_tv", "VCPM", 10, 200_000,
          "NONE", "audience", (("video", "", 30),), "SPONSORED_TELEVISION"),
)  # fmt: skip
"""Every kind of campaign; DSP shapes are left out for brands without DSP."""

_BIDS = {"sponsored_products": 0.85, "sponsored_brands": 1.15, "sponsored_display": 1.2,
         "sponsored_television": 18.0, "streaming_tv": 24.0, "online_video": 9.0,
         "audio": 11.0, "display": 3.2}  # fmt: skip
"""US dollars: a click for CPC campaigns, a thousand impressions for the others."""
_CONTEST = {"branded": 0.8, "keywords": 1.15, "Viewed": 1.8}
"""What a bid costs where nobody else, or everybody else, wants the click."""
_STARTS = (date(2022, 11, 14), date(2023, 1, 16), date(2023, 3, 6), date(2023, 8, 21))


@dataclass(frozen=True)
class Owner:
    """Whose campaigns are built."""

    brand: str
    slug: str
    market: Market
    products: tuple[Product, ...]
    events: int
    has_dsp: bool
    sandbox: bool


def build_campaigns(owner: Owner) -> tuple[Campaign, ...]:
    """The campaigns of a brand; ids depend on its slug alone."""
    found: list[Campaign] = []
    for shape in SHAPES:
        wanted = owner.sandbox or owner.events >= shape.at_least
        if wanted and (shape.ad_product != "dsp" or owner.has_dsp):
            found.extend(_campaigns(owner, shape))
    return tuple(found)


def _campaigns(owner: Owner, shape: Shape) -> Iterator[Campaign]:
    if not shape.per_category:
        yield _campaign(owner, shape, "", _promoted(owner.products, shape))
        return
    for category in dict.fromkeys(product.category for product in owner.products):
        chosen = [p for p in owner.products if p.category == category]
        # The last product of a category is promoted by nobody: halo sales go to it.
        yield _campaign(owner, shape, category, chosen[:-1] if len(chosen) > 1 else chosen)


def _promoted(products: Sequence[Product], shape: Shape) -> list[Product]:
    step = {"dsp": 3, "sponsored_brands": 2}.get(shape.ad_product, 2)
    first = number(shape.name, below=step)
    return [product for at, product in enumerate(products) if at % step == first]


def _campaign(owner: Owner, shape: Shape, category: str, promoted: Sequence[Product]) -> Campaign:
    name = shape.name.format(b=owner.brand, c=category)
    key = (owner.slug, name)
    dsp = shape.ad_product == "dsp"
    campaign_id = digits(18 if dsp else 15, "campaign", *key)
    jitter = 0.6 + 0.9 * fraction("weight", *key)
    budget = max(5.0, round(owner.events / 4000 * jitter * owner.market.level / 5) * 5.0)
    return Campaign(
        campaign_id=campaign_id,
        campaign_id_string=campaign_id if dsp else "A0" + upper(18, "console", *key),
        name=name,
        brand=owner.brand,
        ad_product=shape.ad_product,
        media=shape.media,
        price_type=shape.price_type,
        state="ARCHIVED" if shape.end else "ENABLED",
        start_date=_STARTS[number("start", *key, below=len(_STARTS))],
        end_date=shape.end,
        months=shape.months,
        weight=shape.weight * jitter,
        asins=tuple(product.asin for product in promoted),
        daily_budget=budget,
        goal=shape.goal,
        ad_groups=tuple(_ad_groups(owner, shape, name, promoted)),
    )


def _ad_groups(
    owner: Owner, shape: Shape, campaign: str, promoted: Sequence[Product]
) -> Iterator[AdGroup]:
    for name in ("Core", "Extended"):
        key = (owner.slug, campaign, name)
        unit = shape.media if shape.ad_product == "dsp" else shape.ad_product
        bid = _BIDS[unit] * (0.75 + 0.5 * fraction("bid", *key)) * owner.market.level
        bid *= _CONTEST.get(shape.targets, 1.0)
        if shape.price_type == "VCPM" and shape.ad_product != "sponsored_television":
            bid *= 10.0
        yield AdGroup(
            ad_group_id=digits(18, "ad group", *key),
            name=f"{shape.targets} - {name}",
            line_item_type=shape.line_item_type,
            creatives=tuple(_creatives(shape, key, promoted)),
            keywords=tuple(_keywords(owner, shape, promoted)),
            bid=round(bid, 4),
        )


def _creatives(
    shape: Shape, key: tuple[str, ...], promoted: Sequence[Product]
) -> Iterator[Creative]:
    shows_asin = shape.ad_product in ("sponsored_products", "sponsored_display")
    if shows_asin:
        for product in promoted[:4]:
            yield Creative(digits(17, "creative", *key, product.asin), product.title,
                           "static_image", "", product.asin)  # fmt: skip
        return
    for at, (kind, size, seconds) in enumerate(shape.creatives):
        label = f"{kind} {size} {f'{seconds}s' if seconds else ''}".strip()
        yield Creative(digits(17, "creative", *key, at), f"{key[1]} {label} v{at + 1}",
                       kind, size, None, seconds)  # fmt: skip


def _keywords(owner: Owner, shape: Shape, promoted: Sequence[Product]) -> Iterator[Keyword]:
    if shape.ad_product not in ("sponsored_products", "sponsored_brands"):
        yield Keyword(shape.targets, None, ())
        return
    words = [product.search_word for product in promoted[:5]]
    if shape.targets == "auto":
        for text in ("close-match", "loose-match", "substitutes", "complements"):
            yield Keyword(text, "TARGETING_EXPRESSION_PREDEFINED", tuple(_terms(words)))
    elif shape.targets == "branded":
        brand = owner.brand.lower()
        for text in (brand, *(f"{brand} {word}" for word in words[:3])):
            yield Keyword(text, "EXACT", (text,))
    else:
        for at, word in enumerate(words):
            kind = ("BROAD", "PHRASE", "EXACT", "TARGETING_EXPRESSION")[at % 4]
            text = f'asin="{promoted[at].asin}"' if kind == "TARGETING_EXPRESSION" else word
            yield Keyword(text, kind, tuple(_terms([word])))


def _terms(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        yield from (word, f"best {word}", f"{word} sale", f"{word} gift")
