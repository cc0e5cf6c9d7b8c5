"""`sixpm dkim`: makes a DKIM key, and says the DNS record that goes with it."""

from __future__ import annotations

import os
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Literal

from engine.config import Settings
from engine.errors import ConfigError
from engine.outbound.dkim import PrivateKey, Signer
from engine.outbound.dkim_keys import signers
from engine.outbound.dkim_records import new_key, pem, zone
from sixpm.embedded import home

Kind = Literal["rsa", "ed25519"]
Say = Callable[[str], None]


def make(settings: Settings, domain: str | None, selector: str, kind: Kind, path: Path | None, say: Say) -> None:
    """Make a key of `kind`, keep it in `path` (HOME/dkim-SELECTOR.pem), and say what to publish and to set.

    Raises ConfigError for a name that is none, and where the file is there already.
    """
    key = new_key(kind)
    signer = Signer(domain or settings.dkim_domain or _from_domain(settings), selector, key)
    kept = path or home.make(settings.home) / f"dkim-{signer.selector}.pem"
    _keep(kept.resolve(), key)
    others = settings.dkim_keys if settings.dkim_domain == signer.domain else ""
    pairs = ",".join(filter(None, [others, f"{signer.selector}={kept.resolve()}"]))
    line = zone(signer.name, signer.record)
    say(f"The private key is in {kept.resolve()}, for its owner alone. Publish this record:\n\n{line}\n")
    say("Once DNS has it, set the following; `sixpm doctor` says whether the two fit.\n")
    say(f"SIXPM_DKIM_DOMAIN={signer.domain}\nSIXPM_DKIM_KEYS={pairs}")


def show(settings: Settings, say: Say) -> None:
    """Say the record of each configured key. Raises ConfigError where there is none, or one cannot be used."""
    found = signers(settings)
    if not found:
        raise ConfigError("No DKIM key is set. Make one with `sixpm dkim`.")
    for signer in found:
        say(zone(signer.name, signer.record))


def _from_domain(settings: Settings) -> str:
    return parseaddr(settings.mail_from)[1].rpartition("@")[2]


def _keep(path: Path, key: PrivateKey) -> None:
    """Write the key, mode 0600, under another name first: a file that exists is whole, and none is written over."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(pem(key))
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
