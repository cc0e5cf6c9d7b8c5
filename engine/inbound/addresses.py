"""The addresses we hand out, read back: r+<token>@ for replies, b+<token>@ as the envelope sender (VERP)."""

from __future__ import annotations

import re
from datetime import date
from typing import NamedTuple

from engine.errors import TokenError
from engine.tokens import Keys, Purpose, read

_OURS = re.compile(r"([rb])\+([a-z2-7]{10,80})", re.IGNORECASE)
_PURPOSES = {"r": Purpose.REPLY, "b": Purpose.BOUNCE}
_EVER = date.min  # no token has expired on that day


class Named(NamedTuple):
    """The delivery an address names. `expired`: the token was ours, but its day is over."""

    run_id: int
    seq: int
    purpose: Purpose
    expired: bool


def parts(address: str) -> tuple[str, str]:
    """(local part, domain in lower case) of an address with or without angle brackets."""
    local, _, domain = address.strip().strip("<>").rpartition("@")
    return local, domain.rstrip(".").casefold()


def named(keys: Keys, address: str, today: date) -> Named | None:
    """The delivery that `address` names by a token we signed, whatever its domain (aliases forward); else None."""
    found = _OURS.fullmatch(parts(address)[0])
    if found is None:
        return None
    purpose, token = _PURPOSES[found[1].lower()], found[2]
    try:
        return Named(*read(keys, token, purpose, today), purpose, False)
    except TokenError as error:
        return Named(*read(keys, token, purpose, _EVER), purpose, True) if error.expired else None
