"""Instant self-service instances: one brand's sponsored ads, and nothing else of it."""

from dataclasses import replace

from amc.sandbox.world.model import Brand, Campaign, Instance, World
from amc.sandbox.world.sources import DSP_SOURCES, FREE_SOURCES


def instant_instance(world: World, brand_entity: str, instance_id: str) -> Instance | None:
    """The instance of a sponsored-ads entity; None when the world has no such entity."""
    for parent in world.instances:
        for brand in parent.brands:
            if brand.entity_id == brand_entity:
                return _made(parent, brand, instance_id)
    return None


def _made(parent: Instance, brand: Brand, instance_id: str) -> Instance:
    def sponsored() -> tuple[Campaign, ...]:
        return tuple(item for item in brand.campaigns if item.ad_product != "dsp")

    own = tuple(item for item in parent.advertisers if item.advertiser_id == brand.entity_id)
    return replace(
        parent,
        instance_id=instance_id,
        name=brand.name,
        kind="STANDARD",
        entity_id=brand.entity_id,
        canonical_name=brand.name,
        brands=(replace(brand, dsp_advertiser_id=None, build=sponsored),),
        advertisers=own,
        s3_bucket_name="",
        sources=tuple(name for name in FREE_SOURCES if name not in DSP_SOURCES),
        premium=(),
        unavailable=tuple(sorted(DSP_SOURCES)),
        datasets=(),
    )
