"""What Amazon says of products: by ASIN, or by a search in the profile's own."""

from collections.abc import Sequence
from typing import Any

from amc.api.answers import Answer
from amc.api.base import Api
from amc.api.retry import Effect
from amc.api.wire import Product
from amc.errors import UnreadableAnswerError, UsageError

PRODUCTS = "application/vnd.productmetadatarequest.v1+json"
PRODUCTS_BACK = "application/vnd.productmetadataresponse.v1+json"
MOST_ASINS = 300
_ASIN_LENGTH = 10
_SEARCH_PAGE = 100


class ProductLookups(Api):
    """The part of a profile's look-ups that is about products."""

    def list_products(self, asins: Sequence[str], *, ad_type: str = "SP") -> list[Product]:
        """`POST /product/metadata`: titles and brands of ASINs, asked in groups of 300.

        Args:
            asins: each exactly ten characters; doubled ones are asked once.
            ad_type: SP, SB or SD.

        Raises:
            UsageError: something is no ASIN.
            ApiError: see `amc.errors`.
        """
        wanted = list(dict.fromkeys(asins))
        wrong = [asin for asin in wanted if len(asin) != _ASIN_LENGTH or not asin.isalnum()]
        if wrong:
            raise UsageError(f"'{wrong[0]}' is no ASIN: ten letters and digits.")
        found: list[Product] = []
        for start in range(0, len(wanted), MOST_ASINS):
            asked = {"asins": wanted[start : start + MOST_ASINS]}
            page, _ = self._products(asked, ad_type, page=0, size=MOST_ASINS)
            found += page
        return found

    def search_products(self, text: str, *, ad_type: str = "SP", most: int = 300) -> list[Product]:
        """`POST /product/metadata`: products of the profile whose title holds a text.

        Args:
            text: what to look for.
            ad_type: SP, SB or SD.
            most: so many at most; further pages are not asked for.

        Raises:
            UsageError: there is nothing to look for.
            ApiError: see `amc.errors`.
        """
        if not text.strip():
            raise UsageError("There is nothing to look for.")
        found: dict[str, Product] = {}
        page_number, token = 0, ""
        while len(found) < most:
            asked = {"searchStr": text.strip()} | ({"cursorToken": token} if token else {})
            page, token = self._products(asked, ad_type, page=page_number, size=_SEARCH_PAGE)
            known = len(found)
            for product in page:
                found.setdefault(product.asin, product)
            # A page without anything new: the token is not obeyed.
            if not token or len(found) == known:
                break
            page_number += 1
        return list(found.values())[:most]

    def _products(
        self, asked: dict[str, Any], ad_type: str, *, page: int, size: int
    ) -> tuple[list[Product], str]:
        """A page, and the token of the next one."""
        answer = self._send(
            "products.list",
            "POST",
            "/product/metadata",
            body=asked | {"pageIndex": page, "pageSize": size, "adType": ad_type},
            effect=Effect.READ,
            media=PRODUCTS,
            accept=PRODUCTS_BACK,
        )
        found = [
            Product.read(item, request_id=answer.request_id)
            for item in list_of(answer, "ProductMetadataList")
        ]
        token = answer.object().get("cursorToken")
        return found, token if isinstance(token, str) else ""


def list_of(answer: Answer, key: str) -> list[Any]:
    """The list under a key, or the answer itself when the key is empty.

    Raises:
        UnreadableAnswerError: there is none.
    """
    data = answer.object().get(key) if key else answer.data
    if isinstance(data, list):
        return data
    raise UnreadableAnswerError(
        f"Amazon's answer holds no list{f' of {key}' if key else ''}.",
        status=answer.status,
        request_id=answer.request_id,
    )
