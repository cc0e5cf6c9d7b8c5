"""Keys to sign with, made anew, and the DNS records that go with them: as text to publish, and as DNS has them."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from engine.outbound.dkim import PrivateKey

STRING = 255  # bytes; the longest character-string of a DNS record (RFC 1035 section 3.3)


def new_key(algorithm: str) -> PrivateKey:
    """A new key of `rsa` or `ed25519`."""
    # 2048 bits: what RFC 8301 section 3.2 asks of signers; more costs four times as much and every receiver takes 2048.
    if algorithm == "rsa":
        return generate_private_key(public_exponent=65537, key_size=2048)
    return Ed25519PrivateKey.generate()


def pem(key: PrivateKey) -> bytes:
    """The key as PEM without a password."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def strings(record: str) -> str:
    """A TXT value in quoted strings of at most STRING bytes, which receivers join as they are."""
    return " ".join(f'"{record[cut : cut + STRING]}"' for cut in range(0, len(record), STRING))


def zone(name: str, record: str) -> str:
    """The TXT record as a line of a zone file."""
    return f"{name}. IN TXT {strings(record)}"


def problem(record: str, found: Sequence[str]) -> str | None:
    """What is wrong with the TXT records found at a key's name, strings joined; None when they fit its `record`."""
    if len(found) != 1:
        return f"has {len(found)} TXT records where one belongs"  # what then counts is open: RFC 6376 section 3.6.2.2
    theirs, own = _tags(found[0]), _tags(record)
    if theirs.get("v", "DKIM1") != "DKIM1" or "p" not in theirs:
        return "is no DKIM record"
    if not theirs["p"]:
        return "says that the key is revoked"
    if (theirs.get("k", "rsa"), theirs["p"]) != (own["k"], own["p"]):
        return "holds another key"
    return None


def _tags(record: str) -> dict[str, str]:
    """The tags of a record; blanks inside a value, as folding leaves them, are dropped."""
    pairs = [tag.partition("=") for tag in record.split(";")]
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}
