"""Regions, hosts and marketplaces as data. Source: Amazon Ads API and AMC documentation."""

from dataclasses import dataclass
from typing import get_args

from amc.errors import UsageError
from amc.ids import MarketplaceId
from amc.settings import AMAZON_API, AMAZON_AUTHORIZE, AMAZON_LWA, Region

REGIONS: tuple[Region, ...] = get_args(Region)


@dataclass(frozen=True, slots=True)
class Marketplace:
    """A marketplace: Amazon's country code (`UK`, never `GB`), its id, and its region."""

    country: str
    marketplace_id: MarketplaceId
    region: Region
    # Whether AMC's own table of marketplaces names it.
    amc_documented: bool = True


_ROWS: tuple[tuple[str, str, Region, bool], ...] = (
    ("US", "ATVPDKIKX0DER", "NA", True),
    ("CA", "A2EUQ1WTGCTBG2", "NA", True),
    ("MX", "A1AM78C64UM0Y8", "NA", True),
    ("BR", "A2Q3Y263D00KWC", "NA", True),
    ("UK", "A1F83G8C2ARO7P", "EU", True),
    ("DE", "A1PA6795UKMFR9", "EU", True),
    ("FR", "A13V1IB3VIYZZH", "EU", True),
    ("IT", "APJ6JRA9NG5V4", "EU", True),
    ("ES", "A1RKKUPIHCS9HS", "EU", True),
    ("NL", "A1805IZSGTT6HS", "EU", True),
    ("SE", "A2NODRKZP88ZB9", "EU", True),
    ("TR", "A33AVAJ2PDY3EV", "EU", True),
    ("SA", "A17E79C6D8DWNP", "EU", True),
    ("AE", "A2VIGQ35RCS4UG", "EU", True),
    ("IN", "A21TJRUUN4KGV", "EU", True),
    ("JP", "A1VC38T7YXB528", "FE", True),
    ("AU", "A39IBJ37TRP1C6", "FE", True),
    ("SG", "A19VAU5U5O7RUS", "FE", False),
    ("PL", "A1C3SOZRARQ6R3", "EU", False),
    ("BE", "AMEN7PMS3EDWL", "EU", False),
    ("IE", "A28R8C7NBKEWEA", "EU", False),
    ("ZA", "AE08WJ6YKNBMC", "EU", False),
    ("EG", "ARBP9OOSHTCHU", "EU", False),
)
MARKETPLACES: tuple[Marketplace, ...] = tuple(
    Marketplace(country, MarketplaceId(key), region, documented)
    for country, key, region, documented in _ROWS
)
_BY_ID = {m.marketplace_id: m for m in MARKETPLACES}
_BY_COUNTRY = {m.country: m for m in MARKETPLACES}


def marketplace(marketplace_id: str) -> Marketplace | None:
    """The marketplace of an id; None for one that is not in the table (Amazon adds some)."""
    return _BY_ID.get(MarketplaceId(marketplace_id))


def marketplace_of_country(country: str) -> Marketplace | None:
    """The marketplace of a country code; `GB` is taken for `UK`."""
    code = country.strip().upper()
    return _BY_COUNTRY.get("UK" if code == "GB" else code)


def region_of(marketplace_id: str, *, default: Region = "NA") -> Region:
    """The region of a marketplace; `default` for one that is not in the table."""
    found = marketplace(marketplace_id)
    return found.region if found else default


def check_region(text: str) -> Region:
    """The text as a region.

    Raises:
        UsageError: it is none of NA, EU, FE.
    """
    for region in REGIONS:
        if text == region:
            return region
    raise UsageError(f"'{text}' is no region: it is one of {', '.join(REGIONS)}.")


__all__ = [
    "AMAZON_API",
    "AMAZON_AUTHORIZE",
    "AMAZON_LWA",
    "MARKETPLACES",
    "REGIONS",
    "Marketplace",
    "Region",
    "check_region",
    "marketplace",
    "marketplace_of_country",
    "region_of",
]
