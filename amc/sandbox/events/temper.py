"""How campaigns differ in what people do after them: the stories an analyst looks for.

Branded search is clicked and bought from by those who know the brand; generic search and
prospecting bring new customers and sell less; retargeting sells most; television sells little at
once. Orders of magnitude, ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amc.sandbox.world import Campaign

Floats = npt.NDArray[np.float64]

MOST_LOYAL = 2.0
MOST_ANSWERS = 1.3
# By the name: clicks, answers to a view, carts, and how much more customers take part.
_KINDS: tuple[tuple[str, float, float, float, float], ...] = (
    ("SP | * | Branded Exact", 1.5, 1.0, 1.25, 2.0),
    ("SP | * | Auto", 0.65, 1.0, 0.8, 0.8),
    ("SP | * | Keywords", 0.75, 1.0, 0.85, 0.55),
    ("SB | * | Store Spotlight", 0.6, 1.0, 1.15, 1.5),
    ("SB | * | Category Video", 0.4, 1.0, 0.85, 0.6),
    ("SB | * | Brand Reach", 0.3, 1.0, 0.8, 0.5),
    ("SD | * | Views Remarketing", 1.0, 0.45, 1.1, 1.5),
    ("SD | * | Product Targeting", 0.9, 1.0, 0.9, 0.5),
    ("STV | * | Always On", 1.0, 0.6, 0.9, 0.5),
    ("*_STV_Awareness", 1.0, 0.75, 0.9, 0.4),
    ("*_Display_Prospecting", 0.8, 0.75, 0.9, 0.5),
    ("*_Display_Retargeting", 1.3, MOST_ANSWERS, 1.15, 1.5),
    ("*_OLV_Consideration", 0.9, 0.9, 0.95, 0.6),
    ("*_PrimeDay_STV", 1.0, 0.9, 1.0, 0.7),
    ("*_BFCM_Display", 1.1, 1.2, 1.1, 1.0),
)


@dataclass(frozen=True)
class Tempers:
    """One element for each campaign of a plan.

    Attributes:
        click: clicks, against the ad product's usual rate.
        answer: journeys begun by an ad that was only seen, against the usual rate.
        cart: carts filled, against the usual share.
        loyal: how much more customers of the brand click and answer, against the usual.
    """

    click: Floats
    answer: Floats
    cart: Floats
    loyal: Floats


def tempers(campaigns: Sequence[Campaign]) -> Tempers:
    """What kind of campaign each one is, by its name; the usual for names of no kind."""
    rows = np.array([_of(campaign.name) for campaign in campaigns]).reshape(-1, 4)
    return Tempers(*rows.T)


def _of(name: str) -> tuple[float, float, float, float]:
    for pattern, *numbers in _KINDS:
        first, last = pattern.split("*")
        if name.startswith(first) and name.endswith(last):
            return numbers[0], numbers[1], numbers[2], numbers[3]
    return 1.0, 1.0, 1.0, 1.0
