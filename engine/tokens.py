"""Signed tokens short enough for the local part of an address, and the Message-ID of a delivery.

A token is base32 (lower case, so that it survives mail systems that fold case) of
    key id (1) | purpose (1) | a, b, expiry day (varints) | HMAC-SHA256 cut to 12 bytes.
It names rows and never carries data. Keys are derived from SIXPM_SECRET_KEY, which may hold several, comma
separated: the first signs, all of them verify, so that a key can be changed without breaking mails already out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import struct
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from functools import lru_cache
from typing import TypeVar

from engine.errors import TokenError

MAC = 12
_EPOCH = date(2020, 1, 1)
_BLOCK = 64  # bytes, of SHA-256
_K = TypeVar("_K")


class Purpose(IntEnum):
    """What a token is good for; a token of one purpose is refused for every other."""

    REPLY = 1  # a = run_id, b = seq: the local part r+<token> of Reply-To
    BOUNCE = 2  # a = run_id, b = seq: the local part b+<token> of the envelope sender (VERP)
    MEMBER = 3  # a = workspace_id, b = membership_id: the recipient's own page
    UNSUBSCRIBE = 4  # a = workspace_id, b = membership_id: one-click unsubscribe (RFC 8058)
    SIGN_IN = 5  # a = workspace_id, b = ticket_id: signs in once
    RESET = 6  # a = workspace_id, b = ticket_id: sets a new password once
    INVITATION = 7  # a = workspace_id, b = contact_id: accepts the open invitation of a person
    ENTRY = 8  # a = team_id, b = entry_id: the local part c+<token>, for a comment by anybody of the team
    HIT = 20  # a = run_id, b = seq, and the link's id: a tracked link of one mail (sign_hit)
    OPEN = 21  # the same with 0: the picture of one mail
    LEAVE = 22  # a = workspace_id, b = contact_id, and what of (sign_leave): leaves it, opens the preferences


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an instance: the first signs, all verify."""

    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, secret: str) -> Keys:
        """Derive the token keys from SIXPM_SECRET_KEY."""
        parts = [p.strip() for p in secret.split(",") if p.strip()]
        return cls(tuple(hmac.digest(p.encode(), b"sixpm tokens", "sha256") for p in parts))


class Signer:
    """Signs with one key. A mail takes four tokens and a Message-ID.

    HMAC (RFC 2104) is two hashes that begin with a block made of the key; both are begun once and copied: the bytes of
    hmac.digest, in 0.9 instead of 2.7 microseconds.
    """

    __slots__ = ("_heads", "_inner", "_outer", "_tails", "key_id")

    def __init__(self, key: bytes) -> None:
        block = key.ljust(_BLOCK, b"\0") if len(key) <= _BLOCK else hashlib.sha256(key).digest().ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in block))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
        self.key_id = hashlib.sha256(key).digest()[0]
        self._heads: dict[tuple[int, int], bytes] = {}  # the same for a run, or for a workspace
        self._tails: dict[tuple[int, int | None], bytes] = {}

    def mac(self, message: bytes) -> bytes:
        """HMAC-SHA256 of `message`, 32 bytes."""
        inner = self._inner.copy()
        inner.update(message)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return outer.digest()

    def signed(self, purpose: int, a: int, b: int, days: int, more: int | None = None) -> bytes:
        """The token of `sign` before `letters`; `days` is the expiry as `day` counts it, `more` one number behind it.

        What never expires has another number in the place of its days (sign_hit).
        """
        head = self._heads.get((purpose, a))
        if head is None:
            head = _kept(self._heads, (purpose, a), bytes((self.key_id, purpose)) + _varint(a))
        tail = self._tails.get((days, more))
        if tail is None:
            end = b"" if more is None else _varint(more)
            tail = _kept(self._tails, (days, more), _varint(days) + end)
        body = head + _varint(b) + tail
        inner = self._inner.copy()
        inner.update(body)
        outer = self._outer.copy()
        outer.update(inner.digest())
        return body + outer.digest()[:MAC]

    def message_id(self, run_id: int, seq: int, domain: str) -> str:
        """The Message-ID of `message_id`."""
        return f"<{run_id}.{seq}.{self.mac(b'message-id %d.%d' % (run_id, seq))[:8].hex()}@{domain}>"


def _kept(known: dict[_K, bytes], key: _K, value: bytes) -> bytes:
    if len(known) >= 256:
        known.clear()
    known[key] = value
    return value


@lru_cache(64)
def signer(key: bytes) -> Signer:
    """The signer of one key."""
    return Signer(key)


def day(of: date) -> int:
    """A day as tokens count it."""
    return (of - _EPOCH).days


def _varint(number: int) -> bytes:
    if number < 0x80:
        return bytes((number,))
    if number < 0x4000:
        return bytes((number & 0x7F | 0x80, number >> 7))
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


# Base32 without a loop, for four tokens at once, each five groups of 40 bits. The groups stand in lanes of 64; three
# times the upper half of every field moves up, until every byte holds 5 bits: 0.7 microseconds each, not the 4.3 of
# base64.b32encode.
_TOKENS, _BYTES = 4, 25
_LANES = _TOKENS * _BYTES // 5
_EVERY = sum(1 << 64 * lane for lane in range(_LANES))
_HIGH_20, _LOW_20 = 0x000000FFFFF00000 * _EVERY, 0x00000000000FFFFF * _EVERY
_HIGH_10, _LOW_10 = 0x000FFC00000FFC00 * _EVERY, 0x000003FF000003FF * _EVERY
_HIGH_5, _LOW_5 = 0x03E003E003E003E0 * _EVERY, 0x001F001F001F001F * _EVERY
_LETTERS = b"abcdefghijklmnopqrstuvwxyz234567" * 8
_padded = struct.Struct(f"{_BYTES}s" * _TOKENS).pack
_groups = struct.Struct("5s" * _LANES).unpack
_lanes = struct.Struct("xxx5s" * _LANES).pack


def letters(a: bytes, b: bytes = b"", c: bytes = b"", d: bytes = b"") -> tuple[str, str, str, str]:
    """What is signed as text, up to four of a mail at once; "" for nothing."""
    if max(len(a), len(b), len(c), len(d)) > _BYTES:
        return _long(a), _long(b), _long(c), _long(d)
    bits = int.from_bytes(_lanes(*_groups(_padded(a, b, c, d))), "big")
    bits = (bits & _HIGH_20) << 12 | bits & _LOW_20
    bits = (bits & _HIGH_10) << 6 | bits & _LOW_10
    bits = (bits & _HIGH_5) << 3 | bits & _LOW_5
    text = bits.to_bytes(8 * _LANES, "big").translate(_LETTERS).decode()
    ends = (8 * len(a) + 4) // 5, (8 * len(b) + 204) // 5, (8 * len(c) + 404) // 5, (8 * len(d) + 604) // 5
    return text[: ends[0]], text[40 : ends[1]], text[80 : ends[2]], text[120 : ends[3]]


def _long(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data) and shift < 63:
        byte = data[at]
        at += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, at
        shift += 7
    raise TokenError("This link or address is not one of ours.")


def sign(keys: Keys, purpose: Purpose, a: int, b: int, expires: date) -> str:
    """The token for rows `a` and `b`, good until the end of the day `expires` (UTC). About 35 characters."""
    return letters(signer(keys.keys[0]).signed(purpose, a, b, day(expires)))[0]


def read(keys: Keys, text: str, purpose: Purpose, today: date) -> tuple[int, int]:
    """The two numbers of a token. Raises TokenError; its `expired` is True for an own token past its day."""
    a, b, days, *_ = _proven(keys, text, purpose, 3)
    _not_over(days, today)
    return a, b


def sign_hit(keys: Keys, purpose: Purpose, run_id: int, seq: int, link_id: int) -> str:
    """The token of one link, or of the picture, in one mail. It has no last day: links in old mails still lead on."""
    return letters(signer(keys.keys[0]).signed(purpose, run_id, seq, link_id))[0]


def read_hit(keys: Keys, text: str, purpose: Purpose) -> tuple[int, int, int]:
    """(run_id, seq, link_id) of a token of `sign_hit`. Raises TokenError."""
    run_id, seq, link_id = _proven(keys, text, purpose, 3)[:3]
    return run_id, seq, link_id


def sign_leave(keys: Keys, workspace_id: int, contact_id: int, what: int, expires: date) -> str:
    """The token of a contact's own choice about what they get; `what` says of which topic and channel."""
    return letters(signer(keys.keys[0]).signed(Purpose.LEAVE, workspace_id, contact_id, day(expires), what))[0]


def read_leave(keys: Keys, text: str, today: date) -> tuple[int, int, int]:
    """(workspace_id, contact_id, what) of a token of `sign_leave`. Raises TokenError as `read` does."""
    workspace_id, contact_id, days, what = _proven(keys, text, Purpose.LEAVE, 4)[:4]
    _not_over(days, today)
    return workspace_id, contact_id, what


def _not_over(days: int, today: date) -> None:
    if day(today) > days:
        raise TokenError("This link or address has expired.", expired=True)


def _proven(keys: Keys, text: str, purpose: Purpose, count: int) -> list[int]:
    """The first `count` numbers of a token of this purpose that one of the keys has signed. Raises TokenError."""
    unknown = TokenError("This link or address is not one of ours.")
    if len(text) > 80 or not text.isascii():
        raise unknown
    try:
        data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error as error:
        raise unknown from error
    body, mac = data[:-MAC], data[-MAC:]
    if (
        _long(data) != text.lower()  # bits behind the last byte that say nothing
        or len(body) < 5
        or body[1] != purpose
        or not any(
            body[0] == signer(key).key_id and hmac.compare_digest(signer(key).mac(body)[:MAC], mac) for key in keys.keys
        )
    ):
        raise unknown
    numbers, at = [], 2
    for _ in range(count):
        number, at = _read_varint(body, at)
        numbers.append(number)
    return numbers


def message_id(keys: Keys, run_id: int, seq: int, domain: str) -> str:
    """The Message-ID of a delivery, in angle brackets: the same for every attempt, neither stored nor indexed."""
    return signer(keys.keys[-1]).message_id(run_id, seq, domain)


def read_name(keys: Keys, name: str) -> tuple[int, int] | None:
    """The (run_id, seq) of a delivery named as its Message-ID does it, before the @; None for anything else."""
    return read_message_id(keys, f"<{name}@here>")


def read_message_id(keys: Keys, text: str) -> tuple[int, int] | None:
    """The (run_id, seq) of one of our own Message-IDs, or None for any other."""
    local, _, domain = text.strip().strip("<>").rpartition("@")
    numbers = local.split(".")
    if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 19 for n in numbers[:2]):
        return None
    run_id, seq = int(numbers[0]), int(numbers[1])
    ours = message_id(keys, run_id, seq, domain)
    return (run_id, seq) if hmac.compare_digest(ours.encode(), f"<{local}@{domain}>".encode()) else None
