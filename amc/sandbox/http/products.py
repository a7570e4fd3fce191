"""POST /product/metadata: titles and brands of ASINs."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Request
from starlette.responses import JSONResponse

from amc.sandbox.http.ads_models import ProductQuery
from amc.sandbox.http.answers import reply
from amc.sandbox.http.caller import ForProfile
from amc.sandbox.http.errors import WireError
from amc.sandbox.http.media import PRODUCTS, PRODUCTS_ASKED, own_media
from amc.sandbox.http.paging import Paging, decode_token, encode
from amc.sandbox.http.sandbox import Local

router = APIRouter(tags=["Products"])


@router.post("/product/metadata", dependencies=[Depends(own_media(PRODUCTS_ASKED, PRODUCTS))])
def product_metadata(
    request: Request,
    local: Local,
    profile: ForProfile,
    body: Annotated[ProductQuery, Body(media_type=PRODUCTS_ASKED)],
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
    if body.sort_by == "CREATED_DATE":
        newest_first = body.sort_order != "ASC"
        found = sorted(found, key=lambda item: item["createdDate"], reverse=newest_first)
    first = body.page_index * body.page_size
    if body.cursor_token:
        first = Paging(body.page_size, *decode_token(body.cursor_token)).after or 0
    page = found[first : first + body.page_size]
    answer: dict[str, Any] = {"ProductMetadataList": [_shown(item, body) for item in page]}
    if len(found) > first + body.page_size:
        answer["cursorToken"] = encode(first + body.page_size)
    return reply(request, answer, PRODUCTS)


def _shown(item: dict[str, Any], body: ProductQuery) -> dict[str, Any]:
    if body.check_item_details is False:
        item = {key: item[key] for key in ("asin", "sku")}
    return item | {"eligibilityStatus": "ELIGIBLE"} if body.check_eligibility else item
