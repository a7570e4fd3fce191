"""YAML as templates may use it: small, plain, every value with its place in the file.

What is read is YAML 1.2 without its dangers: no aliases, anchors, tags or directives, one
document, few levels. Only `true`, `false`, `null` and plain numbers are more than text, so `NO`,
`12:30`, `2026-01-01` and `00123` stay the text that they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from amc.errors import TemplateError

MAX_BYTES = 64 * 1024
MAX_DEPTH = 20
MAX_NODES = 5_000

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True} | {
    "false": False,
    "False": False,
    "FALSE": False,
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?")
_MAX_DIGITS = 38

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a file, both counted from 1."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Document:
    """What a file holds.

    Attributes:
        file: the name to give in messages.
        data: dicts, lists, text, whole numbers, `Decimal`, booleans and None.
        values: where each value begins, by its path of keys and positions.
        keys: where each key begins, by the same path.
    """

    file: str
    data: Any
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value (or key) at a path begins, or the nearest thing around it."""
        for length in range(len(path), -1, -1):
            part = path[:length]
            if key and part in self.keys:
                return self.keys[part]
            if part in self.values:
                return self.values[part]
        return Place(1, 1)

    def fault(self, message: str, path: Path = (), *, key: bool = False) -> TemplateError:
        """The error for something wrong at a path."""
        place = self.place(path, key=key)
        return _error(self.file, place, message, ".".join(str(p) for p in path))


def read_yaml(content: bytes, file: str) -> Document:
    """Read one YAML file.

    Args:
        content: the bytes of the file, at most 64 KB of UTF-8.
        file: its name, for messages.

    Raises:
        TemplateError: with line and column, for everything that is not plain YAML.
    """
    if len(content) > MAX_BYTES:
        raise _error(file, Place(1, 1), f"the file is larger than {MAX_BYTES // 1024} KB")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = content.count(b"\n", 0, exc.start) + 1
        column = exc.start - content.rfind(b"\n", 0, exc.start)
        raise _error(file, Place(line, column), "the file is not UTF-8") from None
    builder = _Builder(file)
    try:
        for event in _events(text):
            builder.take(event)
    except yaml.MarkedYAMLError as exc:
        raise _error(file, _place(exc.problem_mark), _say(exc, text)) from None
    except yaml.reader.ReaderError as exc:
        raise _error(file, _unprintable(text), "a character is not allowed in YAML") from exc
    return builder.document()


def _events(text: str) -> Iterator[Any]:
    yield from yaml.parse(text, Loader=yaml.CSafeLoader)


class _Builder:
    """Puts the tree together from events, without recursion and with an eye on every limit."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._document: Document | None = None
        self._root: Any = None
        # One entry a level: the container, its path, and the key that waits for its value.
        self._open: list[tuple[dict[str, Any] | list[Any], Path]] = []
        self._keys: list[tuple[str, Place] | None] = []
        self._values: dict[Path, Place] = {}
        self._key_places: dict[Path, Place] = {}
        self._documents = 0

    def take(self, event: Any) -> None:
        """One event of the parser."""
        place = _place(event.start_mark)
        self._refuse_dangers(event, place)
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise _error(self._file, place, "only one YAML document may stand in a file")
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event, place)
        elif isinstance(event, yaml.MappingStartEvent):
            self._start({}, place)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._start([], place)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
            self._keys.pop()

    def document(self) -> Document:
        """The finished tree."""
        if not self._values:
            raise _error(self._file, Place(1, 1), "the file is empty")
        return Document(self._file, self._root, self._values, self._key_places)

    def _refuse_dangers(self, event: Any, place: Place) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise _error(self._file, place, "aliases (*name) are not allowed; write the value out")
        if getattr(event, "anchor", None) is not None:
            raise _error(self._file, place, "anchors (&name) are not allowed")
        if isinstance(event, yaml.NodeEvent) and getattr(event, "tag", None) is not None:
            raise _error(self._file, place, "tags (!name) are not allowed")
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise _error(self._file, place, "directives (%YAML, %TAG) are not allowed")

    def _start(self, container: dict[str, Any] | list[Any], place: Place) -> None:
        if self._waits_for_key():
            raise _error(self._file, place, "a field name must be plain text")
        path = self._put(container, place)
        if len(self._open) >= MAX_DEPTH:
            raise _error(self._file, place, f"more than {MAX_DEPTH} levels inside each other")
        self._open.append((container, path))
        self._keys.append(None)

    def _scalar(self, event: Any, place: Place) -> None:
        if not self._waits_for_key():
            plain = event.implicit[0] and event.style in (None, "")
            self._put(self._plain(event.value, place) if plain else event.value, place)
            return
        container, path = self._open[-1]
        key = event.value
        if key in container:
            raise _error(self._file, place, "the field stands here twice", _dotted((*path, key)))
        self._keys[-1] = (key, place)

    def _waits_for_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], dict) and self._keys[-1] is None

    def _put(self, value: Any, place: Place) -> Path:
        path: Path = ()
        if not self._open:
            self._root = value
        else:
            container, above = self._open[-1]
            waiting = self._keys[-1]
            if isinstance(container, list):
                path = (*above, len(container))
                container.append(value)
            elif waiting is not None:
                path = (*above, waiting[0])
                container[waiting[0]] = value
                self._key_places[path] = waiting[1]
                self._keys[-1] = None
        self._values[path] = place
        if len(self._values) > MAX_NODES:
            raise _error(self._file, place, f"more than {MAX_NODES} values in one file")
        return path

    def _plain(self, text: str, place: Place) -> Any:
        """A value without quotes: null, boolean, number, or else text."""
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        is_integer = _INTEGER.fullmatch(text)
        if not is_integer and not _DECIMAL.fullmatch(text):
            return text
        if sum(c.isdigit() for c in text) > _MAX_DIGITS:
            raise _error(
                self._file, place, f"the number has more than {_MAX_DIGITS} digits; quote an id"
            )
        return int(text) if is_integer else Decimal(text)


def _error(file: str, place: Place, message: str, field_name: str = "") -> TemplateError:
    return TemplateError(message, file=f"{file}:{place.line}:{place.column}", field=field_name)


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _place(mark: Any) -> Place:
    return Place(mark.line + 1, mark.column + 1) if mark is not None else Place(1, 1)


def _say(exc: yaml.MarkedYAMLError, text: str) -> str:
    """The parser's complaint, with the usual cause in plain words."""
    mark = exc.problem_mark
    lines = text.splitlines()
    here = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if "\t" in here[: len(here) - len(here.lstrip())]:
        return "a tab is used to indent; use blanks"
    return f"this is not YAML: {exc.problem or exc.context or 'unreadable'}"


def _unprintable(text: str) -> Place:
    """Where the first character stands that YAML forbids."""
    for number, line in enumerate(text.split("\n"), start=1):
        for column, char in enumerate(line, start=1):
            if not (char.isprintable() or char in "\t\r\u0085\u00a0"):
                return Place(number, column)
    return Place(1, 1)
