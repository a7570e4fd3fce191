"""POST /product/metadata: titles and brands of ASINs."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.ads_models import ProductQuery
from amc.sandbox.http.answers import reply
from amc.sandbox.http.caller import ForProfile
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.paging import Paging, decode_token, encode
from amc.sandbox.http.sandbox import Local

router = APIRouter(tags=["Products"])

PRODUCTS = "application/vnd.productmetadataresponse.v1+json"


@router.post("/product/metadata")
def product_metadata(
    request: Request, local: Local, profile: ForProfile, body: ProductQuery
) -> JSONResponse:
    """Products by ASIN, SKU or a search text; unknown ones are left out."""
    given = [value for value in (body.asins, body.skus, body.search_str) if value]
    if len(given) > 1:
        raise WireError(400, "Only one of asins, skus and searchStr may be provided")
    found = local.directory.products(profile)
    if body.asins:
        found = [item for item in found if item["asin"] in body.asins]
    elif body.skus:
        found = [item for item in found if item.get("sku") in body.skus]
    elif body.search_str:
        text = body.search_str.lower()
        found = [item for item in found if text in item["title"].lower()]
    first = body.page_index * body.page_size
    if body.cursor_token:
        first = Paging(body.page_size, *decode_token(body.cursor_token)).after or 0
    page = found[first : first + body.page_size]
    answer: dict[str, Any] = {"ProductMetadataList": page}
    if len(found) > first + body.page_size:
        answer["cursorToken"] = encode(first + body.page_size)
    return reply(request, answer, PRODUCTS)
