"""Signed tokens: what was signed comes back, everything else is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import ConfigError, TokenError
from engine.sealing import address_hash, seal, unseal
from engine.tokens import Keys, Purpose, letters, message_id, read, read_message_id, sign

KEYS = Keys.of("first key of these tests")
DAY = date(2026, 3, 2)
NUMBER = st.integers(0, 2**62)


@given(NUMBER, NUMBER, st.sampled_from(Purpose))
def test_what_was_signed_comes_back_in_any_case(a: int, b: int, purpose: Purpose) -> None:
    token = sign(KEYS, purpose, a, b, DAY)

    assert read(KEYS, token, purpose, DAY) == (a, b)
    assert read(KEYS, token.upper(), purpose, DAY) == (a, b)
    assert len(f"r+{token}") <= 64, "RFC 5321 4.5.3.1.1: a local part has at most 64 octets"


@given(NUMBER, NUMBER, st.sampled_from(Purpose), st.binary(max_size=100))
def test_a_token_is_hmac_and_base32_as_the_standard_library_has_them(
    a: int, b: int, purpose: Purpose, key: bytes
) -> None:
    """Mails and links that are out must stay good: the form is fixed, however it is made."""
    days = (DAY - date(2020, 1, 1)).days
    body = bytes([hashlib.sha256(key).digest()[0], purpose]) + varint(a) + varint(b) + varint(days)
    mac = hmac.digest(key, body, "sha256")[:12]

    assert sign(Keys((key,)), purpose, a, b, DAY) == base64.b32encode(body + mac).decode().rstrip("=").lower()
    mac = hmac.digest(key, f"message-id {a}.{b}".encode(), "sha256")[:8]
    assert message_id(Keys((key,)), a, b, "x.test") == f"<{a}.{b}.{mac.hex()}@x.test>"


@given(st.lists(st.binary(max_size=30), min_size=1, max_size=4))
def test_tokens_of_a_mail_are_written_at_once_as_each_for_itself(signed: list[bytes]) -> None:
    expected = [base64.b32encode(one).decode().rstrip("=").lower() for one in signed]

    assert letters(*signed)[: len(signed)] == tuple(expected)


def varint(number: int) -> bytes:
    groups = [number >> shift & 0x7F for shift in range(0, max(number.bit_length(), 1), 7)]
    return bytes([*(group | 0x80 for group in groups[:-1]), groups[-1]])


@given(st.data())
def test_every_changed_character_is_refused(data: st.DataObject) -> None:
    token = sign(KEYS, Purpose.REPLY, 12, 345, DAY)
    at = data.draw(st.integers(0, len(token) - 2))  # the last character holds spare bits
    other = data.draw(st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
    changed = token[:at] + other + token[at + 1 :]

    if changed != token:
        with pytest.raises(TokenError):
            read(KEYS, changed, Purpose.REPLY, DAY)


@pytest.mark.parametrize("text", ["", "a", "====", "ünï", "a" * 81, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "0189"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenError):
        read(KEYS, text, Purpose.REPLY, DAY)


def test_a_token_is_good_for_one_purpose_until_its_day() -> None:
    token = sign(KEYS, Purpose.MEMBER, 1, 2, DAY)

    with pytest.raises(TokenError):
        read(KEYS, token, Purpose.UNSUBSCRIBE, DAY)
    with pytest.raises(TokenError) as late:
        read(KEYS, token, Purpose.MEMBER, DAY + timedelta(days=1))
    assert late.value.expired


def test_a_new_key_signs_and_the_old_one_still_verifies() -> None:
    token = sign(KEYS, Purpose.MEMBER, 1, 2, DAY)
    both = Keys.of("second key, first key of these tests")

    assert read(both, token, Purpose.MEMBER, DAY) == (1, 2)
    with pytest.raises(TokenError):
        read(Keys.of("second key"), token, Purpose.MEMBER, DAY)


def test_a_message_id_is_the_same_for_every_attempt_and_is_known_as_ours() -> None:
    ours = message_id(KEYS, 7, 9, "reply.test")

    assert ours == message_id(KEYS, 7, 9, "reply.test")
    assert read_message_id(KEYS, ours) == (7, 9)
    assert read_message_id(KEYS, ours.replace("7.", "8.", 1)) is None
    assert read_message_id(KEYS, "<CAF+somebody@mail.example>") is None


def test_a_sealed_secret_opens_only_for_its_own_row_and_key() -> None:
    sealed = seal("key one", "xoxb-secret", "channel:1:2")

    assert b"xoxb" not in sealed
    assert unseal("key two,key one", sealed, "channel:1:2") == "xoxb-secret"
    with pytest.raises(ConfigError, match="enter the secret again"):
        unseal("key one", sealed, "channel:1:3")
    with pytest.raises(ConfigError, match="channel:1:2"):
        unseal("key two", sealed, "channel:1:2")


def test_the_hash_of_an_address_ignores_its_case_and_survives_a_new_key() -> None:
    assert address_hash("old", "Ada@X.test ") == address_hash("new,old", "ada@x.test")
    assert address_hash("old", "ada@x.test") != address_hash("other", "ada@x.test")
