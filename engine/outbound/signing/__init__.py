"""DKIM keys that a workspace makes on its page: made, found in DNS, switched on, retired.

    made → found in DNS → signs → signs beside a new one → retired

A key signs from `signs_from` to `retired_at`; engine.outbound.queries.sending reads that with every batch. The secret
is sealed and leaves this module as a signature alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine import sealing
from engine.config import Settings, required
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.outbound import dkim, dkim_keys, dkim_records, resolving
from engine.outbound.dkim import Signer
from engine.outbound.signing import queries
from engine.people import rights, workspaces
from engine.people.principal import Principal

ALGORITHMS = ("rsa", "ed25519")
BESIDE = 7  # days that the key before signs beside a new one
_SELECTOR = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


@dataclass(frozen=True, slots=True)
class Key:
    """A key as its page shows it. `stage`: made, signs, beside (until `retired_at`), retired."""

    id: int
    domain: str
    selector: str
    algorithm: str
    record: str
    made_at: datetime
    seen_at: datetime | None
    signs_from: datetime | None
    retired_at: datetime | None
    stage: str
    aligned: bool  # whether the workspace's From is of its domain or below it

    @property
    def name(self) -> str:
        """The name of its DNS record, without a final dot."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def strings(self) -> str:
        """The record's value as zone files have it: quoted strings of at most 255 characters."""
        return dkim_records.strings(self.record)


@dataclass(frozen=True, slots=True)
class Check:
    """What DNS says of a key: `found` (None where nobody answered), and what to do where it is not there."""

    found: bool | None
    words: str
    todo: str = ""


def from_domain(conn: Conn, workspace_id: int, settings: Settings) -> str:
    """The domain of the workspace's From, in ASCII."""
    mail_from = workspaces.get(conn, workspace_id).mail_from or settings.mail_from
    return dkim.from_domain(f"From: {mail_from}".encode())


def listed(conn: Conn, principal: Principal, settings: Settings, now: datetime) -> list[Key]:
    """The workspace's keys, the newest first. Raises NotAllowed."""
    rights.require(principal, "change_dkim")
    sender = from_domain(conn, principal.workspace_id, settings)
    return [_key(row, sender, now) for row in queries.listed(conn, principal.workspace_id)]


def propose(keys: list[Key], now: datetime) -> str:
    """A selector that no key has yet: the day's date, and a letter where there are several of one day."""
    taken, day = {key.selector for key in keys}, f"s{now:%Y%m%d}"
    return next(
        name for name in (day, *(f"{day}{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")) if name not in taken
    )


def make(
    conn: Conn, principal: Principal, settings: Settings, domain: str, selector: str, algorithm: str, now: datetime
) -> Key:
    """Make a key; it signs nothing yet. Raises NotAllowed, Invalid(domain, selector, algorithm)."""
    rights.require(principal, "change_dkim")
    sender = from_domain(conn, principal.workspace_id, settings)
    domain, selector = domain.strip().rstrip(".").lower() or sender, selector.strip().lower()
    if domain != sender and not sender.endswith(f".{domain}"):
        raise Invalid(f"Mail is from {sender}: the key has to be of that domain or of one above it.", "domain")
    if len(selector) > 63 or not _SELECTOR.fullmatch(selector):
        raise Invalid("A selector has letters, digits and hyphens, such as s20260304.", "selector")
    if algorithm not in ALGORITHMS:
        raise Invalid("Choose RSA or Ed25519.", "algorithm")
    private = dkim_records.new_key(algorithm)
    record = Signer(domain, selector, private).record
    where = dkim_keys.where(principal.workspace_id, domain, selector)
    secret = sealing.seal(required(settings.secret_key, "secret_key"), dkim_records.pem(private).decode(), where)
    made = queries.insert(conn, principal.workspace_id, domain, selector, algorithm, record, secret, now)
    if made is None:
        raise Invalid(f"There is a key with the selector {selector} already. Choose another one.", "selector")
    return _key(made, sender, now)


def one(conn: Conn, principal: Principal, settings: Settings, key_id: int, now: datetime) -> Key:
    """One key of the workspace. Raises NotFound, NotAllowed."""
    found = [key for key in listed(conn, principal, settings, now) if key.id == key_id]
    if not found:
        raise NotFound("There is no such key. It may have been removed.")
    return found[0]


def look(key: Key, settings: Settings) -> Check:
    """Ask DNS for the key's record; at most 5 s."""
    texts = resolving.texts(key.name, settings.dns_resolver)
    if texts is None:
        return Check(
            None, f"DNS did not answer for {key.name}.", "Try again in a minute. If it stays, see the resolver."
        )
    if not texts:
        todo = "Publish the record as shown. Until the old answer is forgotten, this may take an hour."
        return Check(False, f"There is no record {key.name} yet.", todo)
    wrong = dkim_records.problem(key.record, texts)
    if wrong is None:
        return Check(True, f"{key.name} holds this key.")
    todo = "Put the value shown in its place, in one record, and take others of that name out."
    return Check(False, f"{key.name} {wrong}.", todo)


def seen(conn: Conn, principal: Principal, key: Key, now: datetime) -> None:
    """Remember that the record was found."""
    queries.seen(conn, principal.workspace_id, key.id, now)


def switch_on(conn: Conn, principal: Principal, key: Key, now: datetime, beside: int = BESIDE) -> int:
    """Let a key sign from now on; older ones of its domain and kind sign beside it for so many days. How many do.

    Raises NotAllowed, Invalid for a key that is retired.
    """
    rights.require(principal, "change_dkim")
    if key.stage == "retired":
        raise Invalid("This key is retired. Make a new one.")
    queries.switch_on(conn, principal.workspace_id, key.id, now)
    return queries.retire_others(conn, principal.workspace_id, key.id, now + timedelta(days=beside))


def retire(conn: Conn, principal: Principal, key: Key, now: datetime) -> None:
    """Let a key sign no more from now on. Raises NotAllowed."""
    rights.require(principal, "change_dkim")
    queries.retire(conn, principal.workspace_id, key.id, now)


def remove(conn: Conn, principal: Principal, key: Key) -> None:
    """Forget a key that does not sign. Raises NotAllowed, Invalid for one that does."""
    rights.require(principal, "change_dkim")
    if key.stage in ("signs", "beside"):
        raise Invalid("This key signs. Retire it first.")
    queries.remove(conn, principal.workspace_id, key.id)


def _key(row: queries.KeyRow, sender: str, now: datetime) -> Key:
    if row.retired_at is not None and row.retired_at <= now:
        stage = "retired"
    elif row.signs_from is None or row.signs_from > now:
        stage = "made"
    else:
        stage = "beside" if row.retired_at else "signs"
    aligned = sender == row.domain or sender.endswith(f".{row.domain}")
    return Key(
        row.id, row.domain, row.selector, row.algorithm, row.public, row.made_at, row.seen_at, row.signs_from,
        row.retired_at, stage, aligned,
    )  # fmt: skip


__all__ = ["ALGORITHMS", "BESIDE", "Check", "Key", "from_domain", "listed", "look", "make", "one", "propose", "remove",
           "retire", "seen", "switch_on"]  # fmt: skip
