"""The addresses we hand out, read back: r+<token>@ for replies, b+<token>@ as the envelope sender (VERP), and
c+<token>@ for comments on an entry, which is the same for all who got it in a digest."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from engine.errors import TokenError
from engine.tokens import Keys, Purpose, read

_OURS = re.compile(r"([rbc])\+([a-z2-7]{10,80})", re.IGNORECASE)
_PURPOSES = {"r": Purpose.REPLY, "b": Purpose.BOUNCE, "c": Purpose.ENTRY}
_EVER = date.min  # no token has expired on that day


class Known(NamedTuple):
    """What an address that we signed names: `a` and `b` are what its purpose says (engine.tokens.Purpose).

    `expired`: the token was ours, but its day is over.
    """

    a: int
    b: int
    purpose: Purpose
    expired: bool


class Named(NamedTuple):
    """The delivery an address names. `expired` as above."""

    run_id: int
    seq: int
    purpose: Purpose
    expired: bool


def parts(address: str) -> tuple[str, str]:
    """(local part, domain in lower case) of an address with or without angle brackets."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    return local, domain.rstrip(".").casefold()


def handed_out(address: str) -> bool:
    """Whether the address has the shape of those that we hand out, whoever signed it."""
    return _OURS.fullmatch(parts(address)[0]) is not None


def known(keys: Keys, address: str, today: date) -> Known | None:
    """What `address` names by a token we signed, whatever its domain (aliases forward); else None."""
    found = _OURS.fullmatch(parts(address)[0])
    if found is None:
        return None
    purpose, token = _PURPOSES[found[1].lower()], found[2]
    try:
        return Known(*read(keys, token, purpose, today), purpose, False)
    except TokenError as error:
        return Known(*read(keys, token, purpose, _EVER), purpose, True) if error.expired else None


def named(keys: Keys, address: str, today: date) -> Named | None:
    """The delivery that `address` names, to answer or to return it; else None."""
    found = known(keys, address, today)
    return Named(*found) if found is not None and found.purpose is not Purpose.ENTRY else None
