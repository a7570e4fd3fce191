"""The colours of charts: calm, apart from each other also for colour-blind eyes.

The categorical ones are Okabe and Ito's set (jfly.uni-koeln.de/color), toned down for large areas;
the sequential ones go from near white to one dark blue, so that they also survive grey printing.
"""

CATEGORICAL = (
    "#2F6F9F",  # blue
    "#D98E32",  # orange
    "#3F9C83",  # bluish green
    "#B65E86",  # reddish purple
    "#7DB3DA",  # sky blue
    "#C25B3A",  # vermilion
    "#CDBE4B",  # yellow
    "#5B6573",  # slate
    "#8C7AA9",  # violet
)
OTHER = "#A9B2BC"
"""For what is left when the largest are shown."""
HIDDEN = "#D3D8DE"
"""For what AMC hid."""
INK = "#334155"
GRID = "rgba(100, 116, 139, 0.22)"
FAINT = "rgba(100, 116, 139, 0.30)"
SEQUENTIAL = ((0.0, "#F2F6FA"), (0.35, "#B5D0E5"), (0.7, "#5B97C2"), (1.0, "#1F4E73"))


def colour_of(position: int) -> str:
    """The colour of the n-th group; they come again after the last."""
    return CATEGORICAL[position % len(CATEGORICAL)]


def translucent(colour: str, alpha: float) -> str:
    """A `#rrggbb` colour with an opacity from 0 to 1."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red}, {green}, {blue}, {alpha})"
