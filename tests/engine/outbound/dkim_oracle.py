"""Verification by dkimpy, an implementation that is not ours, against DNS records given as a mapping."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from types import SimpleNamespace

import dkim
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


class _VerifyKey:
    """What dkimpy asks of PyNaCl's class of that name. dkimpy does all the rest: fields, body, hash, what is signed."""

    def __init__(self, key: bytes, encoder: object) -> None:
        self._key = Ed25519PublicKey.from_public_bytes(base64.b64decode(key))

    def verify(self, data: bytes, signature: bytes) -> None:
        self._key.verify(signature, data)


if not hasattr(dkim, "nacl"):  # PyNaCl is an extra of dkimpy's, and there is one curve to check
    dkim.nacl = SimpleNamespace(
        signing=SimpleNamespace(VerifyKey=_VerifyKey),
        encoding=SimpleNamespace(Base64Encoder=None),
        exceptions=SimpleNamespace(ValueError=ValueError, BadSignatureError=InvalidSignature),
    )


def verifies(mail: bytes, records: Mapping[str, str], signature: int = 0) -> bool:
    """Whether the signature of that number, from the top, is good. `records`: TXT records by name, strings joined."""

    def lookup(name: bytes, timeout: int = 5) -> bytes | None:
        found = records.get(name.decode().rstrip("."))
        return found.encode() if found is not None else None

    try:
        return bool(dkim.DKIM(mail).verify(idx=signature, dnsfunc=lookup))
    except dkim.ValidationError:
        return False
