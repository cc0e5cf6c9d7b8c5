"""`sixpm doctor`: what is wrong with this instance, and what to do about it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import click

from engine import VERSION, config, db, log
from engine.config import Settings
from engine.errors import ConfigError
from engine.inbound.retrieve import imap_url
from engine.inbound.retrieve.hooks import vendors
from engine.outbound import dkim_keys
from engine.outbound.alerts import facts, incidents, words
from engine.outbound.dkim import Signer, from_domain
from engine.outbound.dkim_records import problem
from engine.outbound.health import queries
from engine.people import relays, workspaces
from engine.transports.smtp.presets import PRESETS
from sixpm.embedded import home, ports
from sixpm.health import STALE

Status = Literal["ok", "warn", "bad"]
QUEUES = ("send", "bulk", "inbound", "upkeep")
_MARK = {"ok": "ok  ", "warn": "note", "bad": "BAD "}


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's answer. `remedy` says what to do when it is not ok."""

    check: str
    status: Status
    text: str
    remedy: str = ""


def main(as_json: bool) -> int:
    """Print all findings; 1 when one is bad."""
    found = list(findings())
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in found], indent=2))
    else:
        for finding in found:
            click.echo(f"{_MARK[finding.status]}  {finding.check:<14} {finding.text}")
            if finding.remedy:
                click.echo(f"{'':<6}{'':<14} -> {finding.remedy}")
    return 1 if any(finding.status == "bad" for finding in found) else 0


def findings() -> Iterator[Finding]:
    """Every check in order; those that need the settings are left out when the settings are wrong."""
    yield python()
    yield environment()
    try:
        settings = config.load()
    except ConfigError as error:
        yield Finding("settings", "bad", str(error), "Correct the named variable in the environment.")
        return
    yield instance(settings)
    yield disk(settings)
    yield secret_key(settings)
    yield from database(settings)
    yield broker(settings)
    yield mailboxes(settings)
    yield from listeners(settings)
    yield from inbound_webhooks(settings)
    own = workspace_relays(settings)
    if not own or settings.relay_host:
        yield from instance_relays(settings)
    yield from (_reach("workspace relay", host, port) for host, port in own)
    yield allow_list(settings)
    yield reply_domain(settings)
    yield from dkim(settings)


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", "ok", version)


def environment() -> Finding:
    if sys.prefix == sys.base_prefix and not os.path.exists("/.dockerenv"):
        return Finding("environment", "warn", "not a virtual environment", "Use bin/sixpm, which makes one.")
    return Finding("environment", "ok", sys.prefix)


def instance(settings: Settings) -> Finding:
    pid = home.supervisor(settings.home)
    if pid:
        return Finding("instance", "ok", f"sixpm run is up (process {pid}) in {settings.home}")
    if settings.database_url and not (settings.home / "run.env").exists():
        return Finding("instance", "ok", f"{settings.env}, configured by the environment")
    return Finding("instance", "warn", f"nothing runs in {settings.home}", "Start it with `sixpm run`.")


def disk(settings: Settings) -> Finding:
    place = next(folder for folder in (settings.home, *settings.home.parents) if folder.exists())
    free = shutil.disk_usage(place).free / 1024**3
    if free < 1:
        return Finding("disk", "bad", f"{free:.1f} GB free at {place}", "Free some space: PostgreSQL stops without.")
    return Finding("disk", "ok" if free >= 5 else "warn", f"{free:.0f} GB free at {place}")


def secret_key(settings: Settings) -> Finding:
    if not settings.secret_key:
        return Finding("secret key", "bad", "not set", "Set SIXPM_SECRET_KEY_FILE, or start with `sixpm run`.")
    if len(settings.secret_key) < 32:
        return Finding("secret key", "bad", "too short", "Use 32 random bytes: openssl rand -base64 32")
    kept = settings.home / "secret.key"
    if kept.exists() and kept.stat().st_mode & 0o077:
        return Finding("secret key", "bad", f"{kept} is readable by others", f"chmod 600 {kept}")
    return Finding("secret key", "ok", "set")


def database(settings: Settings) -> Iterator[Finding]:
    if not settings.database_url:
        yield Finding("database", "bad", "not configured", "Start with `sixpm run`, or set SIXPM_DATABASE_URL.")
        return
    shown = log.mask(settings.database_url)
    engine = db.create_engine(settings.database_url, size=1, app="sixpm-doctor")
    try:
        yield from _database(engine, shown, settings)
    except db.Failure as error:
        why = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        yield Finding("database", "bad", f"{shown}: {why}", "Start it (`sixpm run`), or correct SIXPM_DATABASE_URL.")
    finally:
        engine.dispose()


def _database(engine: db.Pool, shown: str, settings: Settings) -> Iterator[Finding]:
    with engine.connect() as conn:
        version = db.server_version(conn)
        if version < db.FLOOR:
            yield Finding("database", "bad", f"PostgreSQL {version // 10000}", "Use PostgreSQL 15 or newer.")
        else:
            yield Finding("database", "ok", f"PostgreSQL {version // 10000}.{version % 10000} at {shown}")
        has, wants = db.heads(conn)
        if has != wants:
            yield Finding("schema", "bad", f"is at {has}, this version wants {wants}", "Run `sixpm migrate`.")
            return
        yield Finding("schema", "ok", f"at {has}")
        yield first_visit(settings, workspaces.any_made(conn))
        ages, others, boxes = db.heartbeats(conn), db.releases(conn) - {VERSION}, queries.boxes(conn)
        refused = facts.unproven(conn, db.now(conn), settings)
        yield from open_incidents(incidents.still_open(conn))
    yield _release(others)
    yield _beat("scheduler", ages.get("scheduler"), "Start one: `sixpm scheduler`. Nothing falls due without it.")
    for queue in QUEUES:
        remedy = f"Start a worker: `sixpm worker --queues {queue}`."
        yield _beat(f"queue {queue}", ages.get(f"queue:{queue}"), remedy)
    if boxes:
        remedy = "Start one: `sixpm imap`; or forget what is no longer wanted: `sixpm imap --forget NAME`."
        yield _beat("imap", ages.get("imap"), remedy)
    yield from (_box(row) for row in boxes)
    yield from (Finding(f"mail by {one.about}", "warn", one.words, words.ADVICE["webhook"]) for one in refused)


def _box(row: Any) -> Finding:
    """One mailbox that mail is fetched from, by its row."""
    if row.failure:
        return Finding("imap mailbox", "bad", f"{row.name}: {row.failure}", words.ADVICE["imap"])
    if row.age is None:
        return Finding("imap mailbox", "warn", f"{row.name}: not connected yet", "Look again in a minute.")
    waiting = f", {row.waiting} wait there" if row.waiting else ""
    return Finding("imap mailbox", "ok", f"{row.name}: all fetched {row.age:.0f} s ago, {row.fetched} in all{waiting}")


def mailboxes(settings: Settings) -> Finding:
    """Whether the setting can be read. What became of each mailbox is in its row, and said above."""
    try:
        found = imap_url.boxes(settings)
    except ConfigError as error:
        return Finding("imap url", "bad", str(error), "Correct SIXPM_IMAP_URL.")
    return Finding("imap url", "ok", ", ".join(box.name for box in found) or "none is set here")


def open_incidents(found: Sequence[incidents.Shown]) -> Iterator[Finding]:
    """What is wrong by itself; told by mail and webhook too, unless those are what is broken."""
    for one in found:
        yield Finding("incident", "warn", f"{words.TITLES[one.kind]}. {one.words}", words.ADVICE[one.kind])


def first_visit(settings: Settings, made: bool) -> Finding:
    """Whether somebody owns the instance yet; where strangers may reach it, the code that its set-up page wants."""
    if made:
        return Finding("set-up", "ok", "done")
    code = workspaces.setup_code(settings) if settings.secret_key else None
    remedy = f"Open {settings.base_url}/setup" + (f" and type the code {code}" if code else "")
    return Finding("set-up", "warn", "nobody owns this instance yet", remedy)


def _release(others: set[str]) -> Finding:
    """Whether processes of another release are still running, as they are in the middle of a rolling restart."""
    if not others:
        return Finding("release", "ok", VERSION)
    seen = ", ".join(sorted(other or "an older one" for other in others))
    return Finding(
        "release", "warn", f"this is {VERSION}; {seen} still runs", "Restart the processes of the old release."
    )


def _beat(name: str, age: float | None, remedy: str) -> Finding:
    if age is None:
        return Finding(name, "bad", "never seen", remedy)
    return Finding(name, "ok" if age < STALE else "bad", f"seen {age:.0f} s ago", "" if age < STALE else remedy)


def broker(settings: Settings) -> Finding:
    from engine.tasks import broker as probe

    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # the finding says it once
    if not settings.broker_url:
        return Finding("broker", "bad", "not configured", "Start with `sixpm run`, or set SIXPM_BROKER_URL.")
    shown = log.mask(settings.broker_url)
    if problem := probe.problem(settings, timeout=5):
        return Finding("broker", "bad", f"{shown}: {problem}", "Start it, or correct SIXPM_BROKER_URL.")
    return Finding("broker", "ok", shown)


def listeners(settings: Settings) -> Iterator[Finding]:
    parts: list[tuple[str, str, int]] = [
        ("web", settings.web_host, settings.web_port),
        ("inbound mail", settings.smtpd_host, settings.smtpd_port),
    ]
    if settings.catcher:
        parts.append(("mailbox", ports.LOOPBACK, settings.catcher_port))
    for name, host, port in parts:
        place = f"{ports.reachable(host)}:{port}"
        if ports.answers(port, ports.reachable(host), 2):
            yield Finding(name, "ok", f"answers on {place}")
        else:
            yield Finding(name, "warn", f"nothing answers on {place}", "Fine where it runs on another machine.")


def inbound_webhooks(settings: Settings) -> Iterator[Finding]:
    """Each provider that may hand over mail: whether its setting can prove a call."""
    for name in vendors.VENDORS:
        secret: str | None = getattr(settings, f"inbound_{name}")
        if secret:
            fault, address = vendors.wrong(name, secret), f"{settings.base_url}/hooks/inbound/{name}"
            remedy = f"SIXPM_INBOUND_{name.upper()}: {fault}" if fault else ""
            yield Finding(f"mail by {name}", "bad" if fault else "ok", f"may come to {address}", remedy)


def relay(settings: Settings) -> Finding:
    if not settings.relay_host:
        return Finding("relay", "bad", "no relay is set", "Set SIXPM_RELAY_HOST, or a relay on the page /setup/mail.")
    found = _reach("relay", settings.relay_host, settings.relay_port)
    if found.status == "ok" and settings.production and settings.relay_tls == "none" and not settings.catcher:
        return Finding("relay", "warn", f"{found.text}, without TLS", "Set SIXPM_RELAY_TLS=starttls.")
    return found


def instance_relays(settings: Settings) -> Iterator[Finding]:
    """Every relay of the settings: whether it answers, and whether events of its provider can be proven."""
    try:
        others = relays.instance_relays(settings)[1:] if settings.relay_host else ()
    except ConfigError as error:
        yield Finding("relay", "bad", str(error), "Correct the named setting.")
        return
    yield relay(settings)
    for other in others:
        yield _reach(f"{other.slot} relay", other.host, other.port)
    if settings.relay_host and not settings.catcher:
        yield from (_events(one) for one in relays.instance_relays(settings) if PRESETS[one.preset].key)


def _events(one: relays.RelaySettings) -> Finding:
    name = f"{one.slot or 'relay'} events"
    if one.hook_secret:
        return Finding(name, "ok", f"{PRESETS[one.preset].title} may send them to {one.hook_path}")
    setting = f"hook_secret in SIXPM_RELAY_{one.slot.upper()}" if one.slot else "SIXPM_RELAY_HOOK_SECRET"
    remedy = f"Set {setting}: {PRESETS[one.preset].key}."
    return Finding(name, "warn", "they are refused, so late bounces and complaints stay unknown", remedy)


def _reach(name: str, host: str, port: int) -> Finding:
    if not ports.answers(port, host, 5):
        return Finding(name, "bad", f"{host}:{port} does not answer", "Check the host, the port and the firewall.")
    return Finding(name, "ok", f"{host}:{port} answers")


def workspace_relays(settings: Settings) -> list[tuple[str, int]]:
    """(host, port) of the relays set on the page; none where the catcher takes all mail, or the database is away."""
    if not settings.database_url or (settings.catcher and not settings.production):
        return []
    engine = db.create_engine(settings.database_url, size=1, app="sixpm-doctor")
    try:
        with engine.connect() as conn:
            return relays.relay_places(conn)
    except db.Failure:
        return []  # the finding about the database says why
    finally:
        engine.dispose()


def allow_list(settings: Settings) -> Finding:
    """Whom an instance that is not production may send to."""
    if settings.production:
        return Finding("allow-list", "ok", "production: mail goes to everybody")
    if settings.catcher:
        return Finding("allow-list", "ok", "mail stays in the mailbox on this machine")
    if not settings.allow.strip():
        remedy = "Set SIXPM_ALLOW=you@example.org,@example.org, or SIXPM_ENV=production."
        return Finding("allow-list", "warn", f"{settings.env}, and nobody is listed: no mail leaves", remedy)
    return Finding("allow-list", "ok", f"only {settings.allow}")


def reply_domain(settings: Settings, lookup: Callable[[str], list[str]] | None = None) -> Finding:
    """Replies arrive only where the domain's MX leads here; local names need none."""
    domain = settings.reply_domain
    if domain.endswith((".localhost", ".test", ".invalid", ".example")):
        status: Status = "bad" if settings.production else "ok"
        remedy = "Set SIXPM_REPLY_DOMAIN to a domain whose MX is this host." if settings.production else ""
        return Finding("reply domain", status, f"{domain} (local)", remedy)
    try:
        hosts = (lookup or _mx)(domain)
    except Exception as error:  # any resolver failure is the answer
        return Finding("reply domain", "bad", f"{domain}: {error}", f"Add an MX record for {domain} to your DNS.")
    return Finding("reply domain", "ok", f"{domain} has MX {', '.join(hosts)}")


def dkim(settings: Settings, lookup: Callable[[str], list[str]] | None = None) -> Iterator[Finding]:
    """Whether each key is published as it is, and signs the From. `lookup`: the TXT records of a name."""
    try:
        found = dkim_keys.signers(settings)
    except ConfigError as error:
        yield Finding("dkim", "bad", str(error), "Correct SIXPM_DKIM_DOMAIN and SIXPM_DKIM_KEYS.")
        return
    if not found:
        yield Finding("dkim", "ok", "no key is set: the relay signs, or nobody does")
    for signer in found:
        yield _published(signer, lookup or _txt)
    sender = from_domain(f"From: {settings.mail_from}".encode())
    if found and not found[0].aligned(sender):
        remedy = "Set SIXPM_MAIL_FROM to an address of the domain, or SIXPM_DKIM_DOMAIN to that of the From."
        yield Finding("dkim", "warn", f"mail from {sender} is not signed: the key is {found[0].domain}'s", remedy)


def _published(signer: Signer, lookup: Callable[[str], list[str]]) -> Finding:
    try:
        wrong = problem(signer.record, lookup(signer.name))
    except Exception as error:  # any resolver failure is the answer
        wrong = f"cannot be read: {error}"
    if wrong:
        return Finding("dkim", "bad", f"{signer.name} {wrong}", "Publish what `sixpm dkim --show` says.")
    text = f"{signer.name} holds the {signer.algorithm} key"
    if signer.algorithm == "rsa" and signer.bits < 2048:
        remedy = "Make one of 2048 bits with `sixpm dkim` and another selector (RFC 8301)."
        return Finding("dkim", "warn", f"{text} of {signer.bits} bits", remedy)
    return Finding("dkim", "ok", text)


def _txt(name: str) -> list[str]:
    import dns.resolver

    found = dns.resolver.resolve(name, "TXT", lifetime=5)
    return [b"".join(record.strings).decode("ascii", "replace") for record in found]


def _mx(domain: str) -> list[str]:
    import dns.resolver

    return [str(record.exchange).rstrip(".") for record in dns.resolver.resolve(domain, "MX", lifetime=5)]
