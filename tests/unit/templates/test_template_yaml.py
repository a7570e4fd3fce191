"""YAML without its dangers, every fault with its place."""

import time
import tracemalloc
from decimal import Decimal

import pytest

from amc.errors import TemplateError
from amc.templates.yaml_reader import MAX_BYTES, MAX_NODES, Place, read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("no", "no"),
        ("Yes", "Yes"),
        ("off", "off"),
        ("12:30", "12:30"),
        ("12:30:45", "12:30:45"),
        ("2026-01-01", "2026-01-01"),
        ("2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
        ("00123", "00123"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("1_000", "1_000"),
        ("1.2.3", "1.2.3"),
        (".inf", ".inf"),
        ("e5", "e5"),
        ("=", "="),
        ("<<", "<<"),
        ("true", True),
        ("False", False),
        ("'true'", "true"),
        ("~", None),
        ("", None),
        ('""', ""),
        ("-7", -7),
        ("+7", 7),
        ("0", 0),
        ("1.50", Decimal("1.50")),
        (".5", Decimal("0.5")),
        ("1e3", Decimal("1e3")),
        ("'12'", "12"),
        ("2.", Decimal("2")),
    ],
)
def test_a_plain_value_is_text_unless_it_is_a_number_or_boolean_of_yaml_1_2(
    text: str, value: object
) -> None:
    found = read_yaml(f"a: {text}".encode(), "f.yaml").data["a"]
    assert found == value
    assert type(found) is type(value)


def test_places_are_known_for_keys_and_values() -> None:
    document = read_yaml(b"a: 1\nlist:\n  - x\n  - {deep:   y}\n", "f.yaml")
    assert document.data == {"a": 1, "list": ["x", {"deep": "y"}]}
    assert document.place(("list", 1, "deep")) == Place(4, 14)
    assert document.place(("list", 1, "deep"), key=True) == Place(4, 6)
    assert document.place(("list", 1, "missing")) == Place(4, 5)


BAD = [
    (b"a:\n\tb: 1", "2:1", "a tab is used to indent"),
    (b"a: 1\nb: 2\na: 3", "3:1", "the field stands here twice"),
    (b"a:\n  - {b: 1, b: 2}", "2:12", "the field stands here twice"),
    (b"a: &x 1\nb: *x", "1:4", "anchors"),
    (b"a: *x", "1:4", "aliases"),
    (b"a: !!python/object:os.system x", "1:4", "tags"),
    (b"a: !!int 3", "1:4", "tags"),
    (b"!x {a: 1}", "1:1", "tags"),
    (b"%YAML 1.1\n---\na: 1", "1:1", "directives"),
    (b"a: 1\n---\nb: 2", "2:1", "only one YAML document"),
    (b"? [a]\n: 1", "1:3", "a field name must be plain text"),
    (b"{{ x }}: 1", "1:1", "a field name must be plain text"),
    (b"a: 'open", "1:9", "this is not YAML"),
    (b"a: b: c", "1:5", "this is not YAML"),
    (b"a: \x07", "1:4", "not allowed"),
    (b"ok: 1\na: \xff", "2:4", "not UTF-8"),
    (b"", "1:1", "empty"),
    (b"# nothing\n", "1:1", "empty"),
    (b"a: " + b"9" * 100, "1:4", "more than 38 digits"),
]


@pytest.mark.parametrize(("content", "place", "message"), BAD)
def test_a_fault_has_line_column_and_a_plain_sentence(
    content: bytes, place: str, message: str
) -> None:
    with pytest.raises(TemplateError) as caught:
        read_yaml(content, "f.yaml")
    assert caught.value.file == f"f.yaml:{place}"
    assert message in str(caught.value)


BOMBS = {
    "levels": b"[" * 2_000,
    "maps in maps": b"{a: " * 2_000,
    "digits": b"a: " + b"1" * 60_000,
    "values": b"-\n" * 20_000,
    "long": b"a: " + b"x" * MAX_BYTES,
    "aliases": b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "open quotes": b'"' * 60_001,
    "indents": b"- " * 30_000,
    "questions": b"? " * 30_000,
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_quickly_and_in_little_memory(name: str) -> None:
    took = []
    for _ in range(3):
        started = time.process_time()
        with pytest.raises(TemplateError):
            read_yaml(BOMBS[name], "f.yaml")
        took.append(time.process_time() - started)
    tracemalloc.start()
    try:
        with pytest.raises(TemplateError):
            read_yaml(BOMBS[name], "f.yaml")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert min(took) < 0.1  # 50 ms is the aim; the rest is for a slower machine
    assert peak < 20 * 2**20


def test_the_limits_themselves_are_allowed() -> None:
    deep = b"[" * 20 + b"]" * 20
    assert read_yaml(deep, "f.yaml").data
    wide = b"-\n" * (MAX_NODES - 1)
    assert len(read_yaml(wide, "f.yaml").data) == MAX_NODES - 1
    with pytest.raises(TemplateError):
        read_yaml(b"[" * 21 + b"]" * 21, "f.yaml")
    with pytest.raises(TemplateError):
        read_yaml(wide + b"-\n", "f.yaml")


def test_a_byte_order_mark_is_no_part_of_the_text() -> None:
    assert read_yaml(b"\xef\xbb\xbfa: 1", "f.yaml").data == {"a": 1}
