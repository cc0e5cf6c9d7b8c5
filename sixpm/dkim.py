"""`sixpm dkim`: makes a DKIM key, and says the DNS record that goes with it."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from engine.config import Settings
from engine.errors import ConfigError
from engine.outbound.dkim import PrivateKey, Signer
from engine.outbound.dkim_keys import signers
from sixpm.embedded import home

STRING = 255  # bytes; the longest character-string of a DNS record (RFC 1035 section 3.3)
Kind = Literal["rsa", "ed25519"]
Say = Callable[[str], None]


def zone(signer: Signer) -> str:
    """The TXT record as a line of a zone file, in strings of at most STRING bytes, which receivers join as they are."""
    text = signer.record
    parts = " ".join(f'"{text[cut : cut + STRING]}"' for cut in range(0, len(text), STRING))
    return f"{signer.name}. IN TXT {parts}"


def problem(signer: Signer, records: Sequence[str]) -> str | None:
    """What is wrong with the TXT records found at a signer's name, strings joined; None when they fit its key."""
    if len(records) != 1:
        return f"has {len(records)} TXT records where one belongs"  # what then counts is open: RFC 6376 section 3.6.2.2
    found, own = _tags(records[0]), _tags(signer.record)
    if found.get("v", "DKIM1") != "DKIM1" or "p" not in found:
        return "is no DKIM record"
    if not found["p"]:
        return "says that the key is revoked"
    if (found.get("k", "rsa"), found["p"]) != (own["k"], own["p"]):
        return "holds another key"
    return None


def _tags(record: str) -> dict[str, str]:
    """The tags of a record; blanks inside a value, as folding leaves them, are dropped."""
    pairs = [tag.partition("=") for tag in record.split(";")]
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}


def make(settings: Settings, domain: str | None, selector: str, kind: Kind, path: Path | None, say: Say) -> None:
    """Make a key of `kind`, keep it in `path` (HOME/dkim-SELECTOR.pem), and say what to publish and to set.

    Raises ConfigError for a name that is none, and where the file is there already.
    """
    key = _new(kind)
    signer = Signer(domain or settings.dkim_domain or _from_domain(settings), selector, key)
    kept = path or home.make(settings.home) / f"dkim-{signer.selector}.pem"
    _keep(kept.resolve(), key)
    others = settings.dkim_keys if settings.dkim_domain == signer.domain else ""
    pairs = ",".join(filter(None, [others, f"{signer.selector}={kept.resolve()}"]))
    say(f"The private key is in {kept.resolve()}, for its owner alone. Publish this record:\n\n{zone(signer)}\n")
    say("Once DNS has it, set the following; `sixpm doctor` says whether the two fit.\n")
    say(f"SIXPM_DKIM_DOMAIN={signer.domain}\nSIXPM_DKIM_KEYS={pairs}")


def show(settings: Settings, say: Say) -> None:
    """Say the record of each configured key. Raises ConfigError where there is none, or one cannot be used."""
    found = signers(settings)
    if not found:
        raise ConfigError("No DKIM key is set. Make one with `sixpm dkim`.")
    for signer in found:
        say(zone(signer))


def _new(kind: Kind) -> PrivateKey:
    # 2048 bits: what RFC 8301 section 3.2 asks of signers; more costs four times as much and every receiver takes 2048.
    return generate_private_key(public_exponent=65537, key_size=2048) if kind == "rsa" else Ed25519PrivateKey.generate()


def _from_domain(settings: Settings) -> str:
    return parseaddr(settings.mail_from)[1].rpartition("@")[2]


def _keep(path: Path, key: PrivateKey) -> None:
    """Write the key, mode 0600, under another name first: a file that exists is whole, and none is written over."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
    except FileExistsError as error:
        raise ConfigError(
            f"{path} is there already, and a key is never written over. Name another --file or --selector, publish"
            " its record, and only then take the old one out of SIXPM_DKIM_KEYS."
        ) from error
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error.strerror}. Name another place with --file.") from error
