"""A call before it is sent, and what may not be in it."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from amc import ids
from amc.api.retry import Effect
from amc.errors import UsageError

_OUR_KINDS = (
    ids.EXECUTION,
    ids.FLEET_RUN,
    ids.SCHEDULE,
    ids.CONNECTION,
    ids.WORKFLOW,
    ids.INSTANCE_SET,
    ids.USER,
    ids.BRAND,
    ids.DRAFT,
    ids.SYNC,
)
# Texts of the author and tokens of Amazon: they may hold anything.
_FREE_FIELDS = frozenset({"sqlQuery", "parameterValues", "description", "defaultValue"})
_FREE_QUERY = frozenset({"nextToken"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call before it is sent.

    Attributes:
        action: for the log, such as `workflows.create`.
        method: of HTTP.
        base: scheme, host and port.
        template: the path with `{names}`.
        path: a value for each name; ids of Amazon only.
        query: parameters; values are sent as they stand.
        headers: beside those of the session.
        body: JSON data, or None.
        form: form fields, or None.
        effect: what a repeat would do.
        instance: the instance, for the log.
        before: called right before each attempt to send, after all waiting; raises to stop it.
    """

    action: str
    method: str
    base: str
    template: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Any = None
    form: Mapping[str, str] | None = field(default=None, repr=False)
    effect: Effect = Effect.READ
    instance: str = ""
    before: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    @property
    def url(self) -> str:
        """The whole address.

        Raises:
            UsageError: a path value is empty or would change the path.
        """
        safe = {}
        for name, value in self.path.items():
            if value.strip(". ") == "" or not value.isprintable():
                raise UsageError(f"'{value}' cannot be the {name} of a call to Amazon.")
            safe[name] = quote(value, safe="")
        address = self.base + self.template.format(**safe)
        return f"{address}?{urlencode(self.query, quote_via=quote)}" if self.query else address

    @property
    def host(self) -> str:
        """Host and port, for sentences and the log."""
        return self.base.partition("//")[2]

    def payload(self) -> bytes | None:
        """The body as bytes.

        Raises:
            ValueError, TypeError: it cannot be written as JSON.
        """
        if self.form is not None:
            return urlencode(self.form).encode()
        if self.body is None:
            return None
        return json.dumps(self.body, ensure_ascii=False, allow_nan=False).encode()


def is_ours(text: str) -> bool:
    """Whether a text is one of our public ids, which Amazon must never be asked for."""
    return any(ids.is_public(text, kind) for kind in _OUR_KINDS)


def check_no_id_of_ours(call: Call) -> None:
    """Stop a call that carries one of our public ids.

    Raises:
        UsageError: names the id. The request is not sent.
    """
    values = [*call.path.values(), *call.headers.values()]
    values += [v for k, v in call.query.items() if k not in _FREE_QUERY]
    for value in [*values, *_texts(call.body)]:
        if is_ours(value):
            raise UsageError(
                f"{value} is an id of this installation, Amazon does not know it.",
                hint="Use the id that Amazon gave (instance id, entity id, execution id).",
            )


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _FREE_FIELDS:
                yield from _texts(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _texts(value)


def base_of(url: str) -> str:
    """Scheme, host and port of an address, as the HTTP library itself reads them.

    Raises:
        UsageError: it is no such address, or it carries credentials.
    """
    try:
        parts = parse_url(url)
    except LocationParseError:
        parts = parse_url("")
    strange = any(c in '\\"<>' or not "!" <= c <= "~" for c in url)
    if strange or parts.scheme not in ("http", "https") or not parts.host or parts.auth:
        raise UsageError("This is no address that a file can be fetched from.")
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.host.lower()}{port}"
