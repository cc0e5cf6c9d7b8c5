"""DKIM signatures of outgoing mail: rsa-sha256 (RFC 6376) and ed25519-sha256 (RFC 8463), relaxed/relaxed, whole body.

A Signer holds one parsed key; `sign` canonicalises a mail once and puts one DKIM-Signature per Signer on top of it.
Only a mail whose From is of the signing domain or below it is signed: another signature would not align (RFC 7489).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import getaddresses
from functools import lru_cache

import idna
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from engine.errors import ConfigError
from engine.transports.smtp.envelope import normal

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

RSA_FLOOR = 1024  # bits; RFC 8301 section 3.2: a verifier takes no shorter key
COLUMNS = 76
# What is signed where it is present (RFC 6376 section 5.4.1). The unsubscribe pair has to be (RFC 8058 section 4).
SIGNED = frozenset({
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"in-reply-to", b"references", b"mime-version",
    b"content-type", b"content-transfer-encoding", b"list-id", b"list-unsubscribe", b"list-unsubscribe-post",
    b"auto-submitted",
})  # fmt: skip
_NONE: frozenset[bytes] = frozenset()
_BLANKS = re.compile(rb"  +")
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TIME, _HASH = "@" * 10, "#" * 44  # stand for t= and bh= while the field is folded; no name holds either sign


class Signer:
    """One key of one domain, to be shared by threads. Raises ConfigError for a name or key that DKIM does not take."""

    def __init__(self, domain: str, selector: str, key: PrivateKey) -> None:
        self.domain, self.selector = _name(domain, "domain"), _name(selector, "selector")
        self.algorithm = "rsa" if isinstance(key, RSAPrivateKey) else "ed25519"
        self.bits = key.key_size if isinstance(key, RSAPrivateKey) else 256
        if self.algorithm == "rsa" and self.bits < RSA_FLOOR:
            raise ConfigError(f"A DKIM key of {self.bits} bits is refused by receivers. Make one with `sixpm dkim`.")
        self._key = key
        self._heads: dict[tuple[bytes, ...], tuple[bytes, bytes]] = {}

    @property
    def name(self) -> str:
        """Where receivers look for the public key, without a final dot."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def record(self) -> str:
        """The TXT record for `name` (RFC 6376 section 3.6.1): DER for RSA, 32 plain bytes for Ed25519 (RFC 8463)."""
        public = self._key.public_key()
        if isinstance(self._key, RSAPrivateKey):
            raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return f"v=DKIM1; k={self.algorithm}; p={base64.b64encode(raw).decode()}"

    def aligned(self, domain: str) -> bool:
        """Whether a From of `domain`, in lower case and ASCII, is the signing domain's or below it."""
        return domain == self.domain or domain.endswith(f".{self.domain}")

    def sign(self, content: bytes, now: datetime) -> bytes:
        """The mail with this key's signature on top, if its From is of the domain."""
        return sign(content, (self,), now)

    def header(self, names: tuple[bytes, ...], fields: bytes, body_hash: bytes, at: int) -> bytes:
        """The folded DKIM-Signature field with its line end; `fields` are canonical, `body_hash` is base64."""
        folded, canonical = self._head(names)
        signature = base64.b64encode(self._raw(fields + canonical % (at, body_hash)))
        room = COLUMNS - len(" b=")
        rest = [signature[cut : cut + COLUMNS - 1] for cut in range(room, len(signature), COLUMNS - 1)]
        return b"%b%b\r\n" % (folded % (at, body_hash), b"\r\n ".join([signature[:room], *rest]))

    def _head(self, names: tuple[bytes, ...]) -> tuple[bytes, bytes]:
        """The field up to `b=` as it is sent and as it is hashed, with slots for t= and bh=; made once per h=."""
        if names not in self._heads:
            listed = ":\n".join(name.decode() for name in names).split("\n")
            tags = [
                "DKIM-Signature: ", "v=1; ", f"a={self.algorithm}-sha256; ", "c=relaxed/relaxed; ",
                f"d={self.domain}; ", f"s={self.selector}; ", f"t={_TIME}; ",
                f"h={listed[0]}", *listed[1:-1], f"{listed[-1]}; ", f"bh={_HASH};",
            ]  # fmt: skip
            folded = f"{_folded(tags)}\r\n b=".replace(_TIME, "%010d").replace(_HASH, "%b").encode()
            # Hashed last, with b= empty and without its line end (RFC 6376 section 3.7).
            canonical = folded.replace(b"\r\n ", b" ").replace(b"DKIM-Signature: ", b"dkim-signature:")
            self._heads[names] = folded, canonical
        return self._heads[names]

    def _raw(self, data: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(data, PKCS1v15(), SHA256())
        return self._key.sign(hashlib.sha256(data).digest())  # the hash is what is signed: RFC 8463 section 3


def sign(content: bytes, signers: Sequence[Signer], now: datetime, rewrites: frozenset[bytes] = _NONE) -> bytes:
    """The mail with a signature on top by every signer that its From aligns with; as it came where there is none.

    `content` is a whole mail as for the wire; what is signed is what the wire makes of it (line ends, a last one).
    `rewrites`: headers that the relay puts its own in place of, which would break a signature that covers them.
    """
    if not signers:
        return content
    whole = normal(content)
    head, _, body = whole.partition(b"\r\n\r\n")
    names, fields = _fields(head, SIGNED - rewrites if rewrites else SIGNED)
    if names.count(b"from") != 1:  # receivers refuse any other number (RFC 7489 section 6.6.1)
        return content
    domain = from_domain(fields[names.index(b"from")])
    meant = [signer for signer in signers if signer.aligned(domain)]
    if not meant:
        return content
    listed = (*names, b"from")  # the last is a From that is not there, so that none can be added (section 5.4.2)
    text, at = b"".join(fields), int(now.timestamp())
    body_hash = base64.b64encode(hashlib.sha256(_body(body)).digest())
    return b"".join([*[signer.header(listed, text, body_hash, at) for signer in meant], whole])


def _name(text: str, what: str) -> str:
    """A DNS name in lower case and ASCII. A selector may have several labels too (RFC 6376 section 3.1)."""
    name = text.strip().rstrip(".").lower()
    try:
        name = name if name.isascii() else idna.encode(name, uts46=True).decode()
    except UnicodeError as error:
        raise ConfigError(f"{text!r} is no DKIM {what}: {error}") from error
    if len(name) > 180 or not all(map(_LABEL.fullmatch, name.split("."))):
        raise ConfigError(f"{text!r} is no DKIM {what}: letters, digits and hyphens, parts joined by dots.")
    return name


@lru_cache(maxsize=256)  # one From per workspace
def from_domain(field: bytes) -> str:
    """The domain of the one address in a `From: …` field, lower case, ASCII; empty where there are none or several."""
    found = getaddresses([field.partition(b":")[2].decode("utf-8", "surrogateescape")])
    try:
        return _name(found[0][1].rpartition("@")[2], "From") if len(found) == 1 else ""
    except ConfigError:
        return ""


def _squeezed(text: bytes) -> bytes:
    """Every run of blanks and tabs as one blank."""
    # The pattern begins with two plain blanks, which are searched for as a string: 14 µs for 6 KB; `[ \t]+` takes 130.
    return _BLANKS.sub(b" ", text.replace(b"\t", b" "))


def _fields(head: bytes, signed: frozenset[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Names and canonical fields (RFC 6376 section 3.4.2) of what is to be signed, the last first (section 5.4.2)."""
    names, fields = [], []
    for line in reversed(_squeezed(head.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")).split(b"\r\n")):
        name, colon, value = line.partition(b":")
        name = name.rstrip(b" ").lower()
        if name in signed and colon:
            names.append(name)
            fields.append(b"".join((name, b":", value.strip(b" "), b"\r\n")))
    return names, fields


def _body(body: bytes) -> bytes:
    """The canonical body (RFC 6376 section 3.4.4): no blanks at line ends, no empty lines at the end."""
    text = _squeezed(body).replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return text + b"\r\n" if text else b""


def _folded(tokens: Iterable[str]) -> str:
    """The tokens on lines of at most COLUMNS, unless one is longer; those after the first begin with a blank."""
    lines = [""]
    for token in tokens:
        if len(lines[-1]) + len(token.rstrip()) > COLUMNS and lines[-1].strip():
            lines.append(" ")
        lines[-1] += token
    return "\r\n".join(line.rstrip() for line in lines)
