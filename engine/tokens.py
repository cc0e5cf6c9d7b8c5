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
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from engine.errors import TokenError

MAC = 12
_EPOCH = date(2020, 1, 1)


class Purpose(IntEnum):
    """What a token is good for; a token of one purpose is refused for every other."""

    REPLY = 1  # a = run_id, b = seq: the local part r+<token> of Reply-To
    BOUNCE = 2  # a = run_id, b = seq: the local part b+<token> of the envelope sender (VERP)
    MEMBER = 3  # a = workspace_id, b = membership_id: the recipient's own page
    UNSUBSCRIBE = 4  # a = workspace_id, b = membership_id: one-click unsubscribe (RFC 8058)


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an instance: the first signs, all verify."""

    keys: tuple[bytes, ...]

    @classmethod
    def of(cls, secret: str) -> Keys:
        """Derive the token keys from SIXPM_SECRET_KEY."""
        parts = [p.strip() for p in secret.split(",") if p.strip()]
        return cls(tuple(hmac.digest(p.encode(), b"sixpm tokens", "sha256") for p in parts))


def _key_id(key: bytes) -> int:
    return hashlib.sha256(key).digest()[0]


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


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
    key = keys.keys[0]
    body = bytes([_key_id(key), purpose]) + _varint(a) + _varint(b) + _varint((expires - _EPOCH).days)
    mac = hmac.digest(key, body, "sha256")[:MAC]
    return base64.b32encode(body + mac).decode().rstrip("=").lower()


def read(keys: Keys, text: str, purpose: Purpose, today: date) -> tuple[int, int]:
    """The two numbers of a token. Raises TokenError; its `expired` is True for an own token past its day."""
    unknown = TokenError("This link or address is not one of ours.")
    if len(text) > 80 or not text.isascii():
        raise unknown
    try:
        data = base64.b32decode(text.upper() + "=" * (-len(text) % 8))
    except binascii.Error as error:
        raise unknown from error
    body, mac = data[:-MAC], data[-MAC:]
    if (
        len(body) < 5
        or body[1] != purpose
        or not any(
            body[0] == _key_id(key) and hmac.compare_digest(hmac.digest(key, body, "sha256")[:MAC], mac)
            for key in keys.keys
        )
    ):
        raise unknown
    a, at = _read_varint(body, 2)
    b, at = _read_varint(body, at)
    days, at = _read_varint(body, at)
    if (today - _EPOCH).days > days:
        raise TokenError("This link or address has expired.", expired=True)
    return a, b


def message_id(keys: Keys, run_id: int, seq: int, domain: str) -> str:
    """The Message-ID of a delivery, in angle brackets: the same for every attempt, neither stored nor indexed."""
    mac = hmac.digest(keys.keys[-1], f"message-id {run_id}.{seq}".encode(), "sha256")[:8].hex()
    return f"<{run_id}.{seq}.{mac}@{domain}>"


def read_message_id(keys: Keys, text: str) -> tuple[int, int] | None:
    """The (run_id, seq) of one of our own Message-IDs, or None for any other."""
    local, _, domain = text.strip().strip("<>").rpartition("@")
    numbers = local.split(".")
    if len(numbers) != 3 or not all(n.isascii() and n.isdigit() and len(n) < 19 for n in numbers[:2]):
        return None
    run_id, seq = int(numbers[0]), int(numbers[1])
    ours = message_id(keys, run_id, seq, domain)
    return (run_id, seq) if hmac.compare_digest(ours.encode(), f"<{local}@{domain}>".encode()) else None
