import time

import bcrypt
import pytest

from amc.auth.passwords import (
    check_password,
    generate_password,
    hash_password,
    needs_rehash,
    verify_password,
)
from amc.errors import UsageError


@pytest.mark.parametrize(
    "password",
    [
        "plum-otter-lantern-42",
        "пароль-из-двенадцати",
        "ключ\0после-нуля",
        "ä" * 10 + "öü-12",
        "x" * 60 + "tail-one" * 20,
        "lone \ud800 surrogate here",
    ],
    ids=["plain", "cyrillic", "nul", "combining", "long", "surrogate"],
)
def test_a_password_opens_only_its_own_hash(password: str) -> None:
    stored = hash_password(password)
    assert verify_password(password, stored)
    assert not verify_password(password + "x", stored)
    assert password not in stored


def test_every_character_of_a_long_password_counts() -> None:
    stored = hash_password("a1B" * 80)  # 240 bytes: bcrypt alone would stop at 72
    assert not verify_password("a1B" * 79 + "a1C", stored)


def test_composed_and_decomposed_letters_are_the_same_password() -> None:
    stored = hash_password("Ma\u0308rchenwald-77")
    assert verify_password("M\u00e4rchenwald-77", stored)


def test_a_bare_bcrypt_hash_is_taken_and_marked_for_replacement() -> None:
    bare = bcrypt.hashpw(b"from-a-yaml-file", bcrypt.gensalt()).decode()
    assert verify_password("from-a-yaml-file", bare)
    assert not verify_password("from-another-file", bare)
    assert needs_rehash(bare)
    assert not needs_rehash(hash_password("from-a-yaml-file"))


@pytest.mark.parametrize("stored", ["", "x", "plain-text", "$2b$12$short"])
def test_what_is_no_hash_opens_for_nobody(stored: str) -> None:
    assert not verify_password(stored or "anything-at-all", stored)
    assert not verify_password("", stored)


def test_an_overlong_guess_at_a_bare_hash_is_refused_without_an_error() -> None:
    bare = bcrypt.hashpw(b"from-a-yaml-file", bcrypt.gensalt()).decode()
    assert not verify_password("from-a-yaml-file" + "x" * 100, bare)
    assert not verify_password("nul\0inside-of-it", bare)


def test_the_real_cost_takes_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    begin = time.perf_counter()
    stored = hash_password("plum-otter-lantern-42")
    assert "$2b$12$" in stored
    assert time.perf_counter() - begin > 0.02


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short-1", "at least 12"),
        ("x" * 257, "at most 256"),
        ("Password1234", "easily guessed"),  # a word and digits
        ("p4ssw0rd!2026", "easily guessed"),  # letters as digits
        ("AdminAdmin123", "easily guessed"),  # the same word twice
        ("Welcome-Admin-99", "easily guessed"),  # two common words
        ("qwertyuiop12", "easily guessed"),  # a row of keys and a run of digits
        ("123456789012", "easily guessed"),
        ("abcdefghijkl", "easily guessed"),
        ("aaaaaaaaaaaab", "easily guessed"),  # two letters
        ("annabelle2026!", "easily guessed"),  # the user's own name
        ("AmazonAdvertising1", "easily guessed"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check_password(password, user_name="annabelle")


@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "plum-otter-lantern-42", "ünïcödé-gehölz", "zK3v9q2Lm8Rt"],
)
def test_an_uncommon_password_is_taken(password: str) -> None:
    check_password(password, user_name="annabelle")


def test_generated_passwords_are_strong_and_never_alike() -> None:
    made = {generate_password() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check_password(password, user_name="annabelle")
