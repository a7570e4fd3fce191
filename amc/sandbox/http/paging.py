"""Pages of lists: limit, nextToken, and the empty page that still has a token."""

import base64
import binascii
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Query, Request

from amc.sandbox.http.errors import WireError
from amc.sandbox.runner.options import Options


@dataclass(frozen=True)
class Paging:
    """What the caller asked: at most `limit` items after the place that the token names."""

    limit: int
    after: int | None = None
    fresh: bool = True
    """False on the page after an empty one: two empty pages in a row do not come."""


def _pages_of(most: int) -> Callable[..., Paging]:
    def paging(
        limit: Annotated[str | None, Query(description=f"1 to {most}")] = None,
        next_token: Annotated[str | None, Query(alias="nextToken")] = None,
    ) -> Paging:
        after, fresh = decode_token(next_token) if next_token else (None, True)
        return Paging(_limit(limit, most), after, fresh)

    return paging


Pages = Annotated[Paging, Depends(_pages_of(100))]
LongPages = Annotated[Paging, Depends(_pages_of(1000))]


def _limit(text: str | None, most: int) -> int:
    if text is None:
        return most
    if not (text.isascii() and text.isdigit()) or int(text[:9]) < 1:
        raise WireError(422, "Parameter limit must be a whole number of 1 or more.")
    if int(text[:9]) > most:
        raise WireError(422, f"Parameter limit must not exceed {most}.")
    return int(text)


def encode(after: int, *, fresh: bool = True) -> str:
    """A token that names a place in a list."""
    return base64.urlsafe_b64encode(json.dumps([after, fresh]).encode()).decode().rstrip("=")


def decode_token(token: str) -> tuple[int, bool]:
    """Place and freshness that a token names.

    Raises:
        WireError: it is not one of ours.
    """
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        after, fresh = json.loads(raw)
        if not isinstance(after, int) or not isinstance(fresh, bool):
            raise TypeError
    except (ValueError, TypeError, binascii.Error):
        raise WireError(400, "Invalid nextToken.") from None
    return after, fresh


T = TypeVar("T")
Fetch = Callable[[int | None, int], list[tuple[int, T]]]
"""(key to begin after, how many) to (key, item) pairs."""


class Pager:
    """Cuts lists into pages; counts list answers for the empty pages."""

    def __init__(self, options: Options) -> None:
        """Options are read at each call."""
        self._options, self._answers = options, itertools.count(1)

    def cut(
        self, request: Request, items: Sequence[tuple[int, Any]], paging: Paging
    ) -> tuple[list[Any], str | None]:
        """A page of (key, item) pairs in ascending order of unique keys, and the next token."""

        def fetch(after: int | None, count: int) -> list[tuple[int, Any]]:
            found = (pair for pair in items if after is None or pair[0] > after)
            return list(itertools.islice(found, count))

        return self.page(request, fetch, paging)

    def page(
        self, request: Request, fetch: Fetch[T], paging: Paging, *, descending: bool = False
    ) -> tuple[list[T], str | None]:
        """A page of what `fetch` finds after a key, in its order, and the next token."""
        first = paging.after if paging.after is not None else (2**53 if descending else -1)
        if paging.fresh and self._wants_empty(request):
            return [], encode(first, fresh=False)
        found = fetch(paging.after, paging.limit + 1)
        page = found[: paging.limit]
        token = encode(page[-1][0]) if len(found) > len(page) else None
        if request.scope.get("amc_repeated_token"):
            token = encode(first)  # a token that names the very page it came with
        return [item for _, item in page], token

    def _wants_empty(self, request: Request) -> bool:
        every = self._options.empty_page_every
        count = next(self._answers)
        return bool(request.scope.get("amc_empty_page")) or bool(every and count % every == 0)
