"""Values that AMC writes as codes or lists, in the words that people use for them."""

import re

# Amazon's own names of its ad products: AMC SQL reference, `ad_product_type`.
AD_PRODUCTS = {
    "dsp": "Amazon DSP",
    "sponsored_products": "Sponsored Products",
    "sponsored_brands": "Sponsored Brands",
    "sponsored_display": "Sponsored Display",
    "sponsored_television": "Sponsored TV",
}


_STEP = re.compile(r"\[\s*\d+\s*,\s*(.*?)\s*\](?=\s*,\s*\[|\s*\]\s*\Z)", re.DOTALL)


def readable(value: str) -> str:
    """A value as people say it; every other text stays as it is."""
    return AD_PRODUCTS.get(value, value)


def read_path(text: str) -> list[str]:
    """The steps of a path as AMC prints it: `[[1, SP], [2, DSP]]`, `[SP, DSP]` or `SP > DSP`."""
    body = text.strip()
    if body.startswith("[[") and body.endswith("]]"):
        return _STEP.findall(body[1:])
    if body.startswith("[") and body.endswith("]"):
        return [part.strip() for part in body[1:-1].split(",") if part.strip()]
    return [part.strip() for part in re.split(r"\s*(?:>|→|->)\s*", body) if part.strip()]


def read_sets(text: str) -> list[str]:
    """The members of a combination: `A + B`, `[A, B]` or `[[1, A], [2, B]]`."""
    body = text.strip()
    if body.startswith("["):
        return list(dict.fromkeys(read_path(body)))
    return list(dict.fromkeys(part.strip() for part in re.split(r"\s+\+\s+|;|\|", body) if part))


def shown(value: str) -> str:
    """A cell as people read it: the steps of a path with arrows, ad products by their names."""
    if value.startswith("[[") and value.endswith("]]"):
        steps = read_path(value)
        return " → ".join(map(readable, steps)) if steps else value
    if " + " in value:
        return " + ".join(map(readable, value.split(" + ")))
    return readable(value)


def as_written(search: str) -> str:
    """What to look for in the stored values when somebody types the words that are shown."""
    typed = search.strip().lower()
    for code, label in AD_PRODUCTS.items():
        if typed == label.lower():
            return code
    coded = typed.replace(" ", "_")
    return coded if " " in typed and any(c.startswith(coded) for c in AD_PRODUCTS) else search
