"""Text against its background: at least 4.5 to 1 (WCAG 2.2, 1.4.3), in light and in dark."""

import tomllib
from typing import Any

import pytest

from amc.settings import ROOT
from amc.ui.lifespan import REQUIRED_OPTIONS

CONFIG = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
HUES = ("red", "orange", "yellow", "green", "blue", "violet", "gray")
CAPTION_STRENGTH = 0.6  # Streamlit draws captions at this share of the text colour


def rgb(colour: str) -> tuple[float, ...]:
    return tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5))


def luminance(colour: tuple[float, ...]) -> float:
    parts = [c / 255 for c in colour]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def faded(text: str, background: str) -> tuple[float, ...]:
    pairs = zip(rgb(text), rgb(background), strict=True)
    return tuple(CAPTION_STRENGTH * t + (1 - CAPTION_STRENGTH) * b for t, b in pairs)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_text_stands_out_from_its_background(mode: str) -> None:
    theme: dict[str, Any] = CONFIG["theme"][mode]
    white, text = rgb("#FFFFFF"), theme["textColor"]
    surfaces = {theme["backgroundColor"], theme["sidebar"]["backgroundColor"]}
    pairs = {"button": (white, rgb(theme["primaryColor"]))}
    for surface in surfaces:
        pairs[f"text on {surface}"] = (rgb(text), rgb(surface))
        pairs[f"caption on {surface}"] = (faded(text, surface), rgb(surface))
        pairs[f"link on {surface}"] = (rgb(theme["linkColor"]), rgb(surface))
        for hue in HUES:
            pairs[f"{hue} on {surface}"] = (rgb(theme[f"{hue}TextColor"]), rgb(surface))
    for hue in HUES:
        pairs[f"{hue} badge"] = (
            rgb(theme[f"{hue}TextColor"]),
            rgb(theme[f"{hue}BackgroundColor"]),
        )
    pairs["table header"] = (
        rgb(theme["dataframeHeaderTextColor"]),
        rgb(theme["dataframeHeaderBackgroundColor"]),
    )
    weak = {name: round(contrast(*pair), 2) for name, pair in pairs.items()}
    assert not {name: ratio for name, ratio in weak.items() if ratio < 4.5}


def test_the_committed_options_are_the_required_ones() -> None:
    defaults = {"server.trustedUserHeaders": {}, "server.baseUrlPath": ""}
    for name, wanted in REQUIRED_OPTIONS.items():
        section, _, option = name.partition(".")
        assert CONFIG[section].get(option, defaults.get(name)) == wanted, name


def test_unsafe_options_stop_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    import streamlit as st

    from amc.errors import SettingsError
    from amc.ui.lifespan import require_safe_options

    given = dict(REQUIRED_OPTIONS)
    monkeypatch.setattr(st, "get_option", given.__getitem__)
    require_safe_options()
    for name, wrong in (
        ("server.enableXsrfProtection", False),
        ("client.showErrorDetails", "full"),
        ("server.trustedUserHeaders", {"X-User": "name"}),
        ("browser.gatherUsageStats", True),
        ("server.baseUrlPath", "amc"),
    ):
        given[name] = wrong
        with pytest.raises(SettingsError, match=name):
            require_safe_options()
        given[name] = REQUIRED_OPTIONS[name]
