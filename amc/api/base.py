"""What all clients do: build calls, read one object wrapped or flat, read all pages."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from amc.api.answers import Answer
from amc.api.call import Call
from amc.api.caller import Caller
from amc.api.retry import Effect
from amc.api.wire import Wire
from amc.errors import UnreadableAnswerError

JSON = "application/json"
PAGE_SIZE = 100
# Far more than any list of Amazon's: 100,000 pages of nothing would otherwise never end.
_MOST_PAGES = 2000

W = TypeVar("W", bound=Wire)


class Api:
    """A client over one caller, with the headers that all its calls carry."""

    instance_id: str = ""

    def __init__(self, caller: Caller, headers: Mapping[str, str]) -> None:
        """Keep the parts."""
        self._caller, self._headers = caller, dict(headers)

    def _send(
        self,
        action: str,
        method: str,
        template: str,
        *,
        path: Mapping[str, str] | None = None,
        query: Mapping[str, str | None] | None = None,
        body: Any = None,
        effect: Effect | None = None,
        media: str = "",
        accept: str = "",
        before: Callable[[], None] | None = None,
    ) -> Answer:
        headers = dict(self._headers)
        if body is not None:
            headers["Content-Type"] = media or JSON
        if accept:
            headers["Accept"] = accept
        usual = {"GET": Effect.READ, "POST": Effect.CREATE}.get(method, Effect.REPLACE)
        return self._caller.call(
            Call(
                action,
                method,
                self._caller.base_url,
                template,
                path=dict(path or {}),
                query={k: v for k, v in (query or {}).items() if v is not None},
                headers=headers,
                body=body,
                effect=effect or usual,
                instance=self.instance_id,
                before=before,
            )
        )


def unwrap(answer: Answer, key: str) -> dict[str, Any]:
    """The single object of an answer, wrapped under `key` as the specification has it, or flat.

    Raises:
        UnreadableAnswerError: the answer is no object.
    """
    data = answer.object()
    inner = data.get(key)
    return inner if isinstance(inner, dict) else data


def read_one(model: type[W], answer: Answer, key: str) -> W:
    """The single object of an answer as a model.

    Raises:
        UnreadableAnswerError: it cannot be read as one.
    """
    return model.read(unwrap(answer, key), request_id=answer.request_id)


def read_pages(
    model: type[W],
    fetch: Callable[[str | None], Answer],
    *,
    key: str,
    identity: Callable[[W], object],
    single: str = "",
) -> list[W]:
    """All items of a paged list, each once, in Amazon's order. All of them, or an error.

    Args:
        model: of an item.
        fetch: asks for the page of a token; None is the first.
        key: where a page holds its items.
        identity: what makes two items the same (a list may move while it is read).
        single: the key of a lone item that some answers hold in place of the list.

    Raises:
        UnreadableAnswerError: a page is no page, or the tokens go in a circle.
        ApiError: a page could not be fetched.
    """
    found: dict[object, W] = {}
    seen: set[str] = set()
    token: str | None = None
    for _ in range(_MOST_PAGES):
        answer = fetch(token)
        for raw in items_of(answer, key, single):
            item = model.read(raw, request_id=answer.request_id)
            found.setdefault(identity(item), item)
        token = next_token(answer)
        if token is None:
            return list(found.values())
        if token in seen:
            raise _circle(answer)
        seen.add(token)
    raise _circle(answer)


def next_token(answer: Answer) -> str | None:
    """The token of the next page; None at the end (absent, null or empty).

    Raises:
        UnreadableAnswerError: it is no text.
    """
    token = answer.object().get("nextToken")
    if token is None or token == "":
        return None
    if isinstance(token, str):
        return token
    if isinstance(token, int) and not isinstance(token, bool):
        return str(token)
    raise UnreadableAnswerError(
        "Amazon's page token is no text.", status=answer.status, request_id=answer.request_id
    )


def items_of(answer: Answer, key: str, single: str = "") -> list[Any]:
    """What a page of a list holds.

    Raises:
        UnreadableAnswerError: it is no page.
    """
    data = answer.object()
    items = data.get(key)
    if isinstance(items, list):
        return items
    if single and isinstance(data.get(single), dict):
        return [data[single]]
    if items is None and next_token(answer) is not None:
        return []  # an empty page on the way
    raise UnreadableAnswerError(
        f"Amazon's answer holds no list of {key}.",
        status=answer.status,
        request_id=answer.request_id,
    )


def _circle(answer: Answer) -> UnreadableAnswerError:
    return UnreadableAnswerError(
        "Amazon's page tokens go in a circle; the list was given up.",
        status=answer.status,
        request_id=answer.request_id,
    )
