"""Worlds from their YAML files."""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from amc.errors import SetupError
from amc.sandbox.world.brands import Ground, build_instance, slug_of
from amc.sandbox.world.model import Account, Instance, Market, Profile, User, World
from amc.sandbox.world.stable import digits, number, upper

Doc = dict[str, Any]

_HEADS = ("Amber", "Birch", "Cobalt", "Dune", "Ember", "Fjord", "Grove", "Harbor", "Iris", "Jade",
          "Kelp", "Linen", "Maple", "Nettle", "Opal", "Pine", "Quartz", "Reed", "Sage", "Thistle",
          "Umber", "Velvet", "Willow", "Yonder", "Zinnia")  # fmt: skip
_TAILS = ("Works", "House", "Supply", "Goods", "Co", "Studio", "Market", "Makers")
_SIZES = (20_000, 50_000, 80_000, 120_000, 200_000, 350_000)


@lru_cache(maxsize=8)
def load_world(name: str = "default") -> World:
    """A world by its name: default, multi-region, empty or large.

    Raises:
        SetupError: there is no such world, or its file is damaged.
    """
    texts = [_text("markets"), _text("catalogues"), _text(name)]
    try:
        markets = {m["marketplace_id"]: Market(**m) for m in _parse(texts[0])}
        ground = Ground(markets, _parse(texts[1]))
        docs = list(_account_docs(_parse(texts[2]), ground, texts))
        accounts = tuple(_account(doc, ground) for doc in docs)
    except (KeyError, TypeError, ValueError, yaml.YAMLError) as exc:
        raise SetupError(f"The world '{name}' is damaged: {exc!r}.") from exc
    return World(
        name=name,
        fingerprint=hashlib.sha256("\0".join(texts).encode()).hexdigest()[:12],
        accounts=accounts,
        users=tuple(_users(accounts)),
        profiles=tuple(_profiles(docs, accounts, markets)),
        markets=markets,
    )


def world_names() -> list[str]:
    """Names that `load_world` knows."""
    found = (entry.name.removesuffix(".yaml") for entry in _folder().iterdir())
    return sorted(set(found) - {"markets", "catalogues"})


def _folder() -> Any:
    return resources.files(__package__) / "data"


def _text(name: str) -> str:
    if name not in {"markets", "catalogues", *world_names()}:
        raise SetupError(
            f"There is no world '{name}'.", hint=f"There are: {', '.join(world_names())}."
        )
    return str((_folder() / f"{name}.yaml").read_text(encoding="utf-8"))


def _parse(text: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506


def _account_docs(doc: Doc, ground: Ground, texts: list[str]) -> Iterator[Doc]:
    if "include" in doc:
        texts.append(_text(doc["include"]))
        yield from _account_docs(_parse(texts[-1]), ground, texts)
    for account in doc["accounts"]:
        made = _numbered(int(account.get("many", 0)), list(ground.catalogues))
        yield account | {"instances": [*account["instances"], *made]}


def _numbered(count: int, trades: list[str]) -> Iterator[Doc]:
    for at in range(count):
        head, tail = _HEADS[at % len(_HEADS)], _TAILS[at // len(_HEADS) % len(_TAILS)]
        series = at // (len(_HEADS) * len(_TAILS))
        yield {
            "brand": f"{head} {tail}" + (f" {series + 1}" if series else ""),
            "trade": trades[at % len(trades)],
            "events": _SIZES[number("size", at, below=len(_SIZES))],
            "dsp": at % 4 != 3,
        }


def _account(doc: Doc, ground: Ground) -> Account:
    market = ground.markets[doc["market"]]
    instances: tuple[Instance, ...] = tuple(
        build_instance(item, doc, ground) for item in doc["instances"]
    )
    return Account(doc["entity_id"], doc["name"], market.marketplace_id, market.region, instances)


def _users(accounts: tuple[Account, ...]) -> Iterator[User]:
    yield User("amzn1.account.LOCALUSER0000", "Local Analyst", "analyst@example.com")
    for at, account in enumerate(accounts, 1):
        yield User(f"amzn1.account.LOCALUSER{at:04d}", f"Analyst {at}",
                   f"analyst{at}@example.com", frozenset({account.entity_id}))  # fmt: skip


def _profiles(
    docs: list[Doc], accounts: tuple[Account, ...], markets: dict[str, Market]
) -> Iterator[Profile]:
    for doc, account in zip(docs, accounts, strict=True):
        home = markets[account.marketplace_id]
        seen = {home.country: home}
        for instance in account.instances:
            seen.setdefault(instance.market.country, instance.market)
            yield from _brand_profiles(instance)
        for country, market in seen.items():
            key = (account.entity_id, country)
            yield Profile(int(digits(13, "agency", *key)), market.region, "agency", doc["agency"],
                          digits(15, "agency account", *key), account.entity_id, "", market,
                          market.timezone)  # fmt: skip


def _brand_profiles(instance: Instance) -> Iterator[Profile]:
    for brand in instance.brands:
        yield Profile(
            profile_id=int(digits(13, "profile", brand.slug, brand.market.country)),
            region=brand.market.region,
            kind="seller" if brand.seller else "vendor",
            name=brand.name,
            account_id="A" + upper(13, "seller", brand.slug) if brand.seller else brand.entity_id,
            entity_id=instance.entity_id,
            brand_slug=slug_of(brand.name),
            market=brand.market,
            timezone=instance.timezone,
        )
