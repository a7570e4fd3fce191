"""Who there is: accounts, instances, brands, campaigns, products and profiles, as data."""

from amc.sandbox.world.loading import load_world, world_names
from amc.sandbox.world.model import (
    Account,
    AdGroup,
    Advertiser,
    Brand,
    Campaign,
    Creative,
    Instance,
    Keyword,
    Market,
    Product,
    Profile,
    User,
    World,
)

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
    "load_world",
    "world_names",
]
