"""`sixpm restore`: a backup becomes the instance's database, with every unfinished run held before anybody may send.

A database with data in it is replaced only when its name is said, and is kept under another name.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine import VERSION, db, sealing
from engine.config import Settings
from engine.errors import ConfigError
from engine.outbound import sweep
from sixpm.backup import manifest, programs, queries, server
from sixpm.backup.manifest import Manifest
from sixpm.embedded import home
from sixpm.embedded.services import QUEUES

Say = Callable[[str], None]
Ask = Callable[[str], bool]
SILENT = 60.0  # seconds without a sign of life after which a process is gone


@dataclass(frozen=True, slots=True)
class Source:
    """A backup that was looked at. `listed` are the lines of its list."""

    file: Path
    manifest: Manifest | None
    migration: str
    listed: Sequence[str]
    server: int

    @property
    def told(self) -> str:
        """When and by what it was made, as far as is known."""
        if self.manifest is None:
            return f"{self.file.name}, schema {self.migration}, of unknown age (its manifest is not beside it)"
        made = datetime.fromisoformat(self.manifest.made_at)
        return f"{self.file.name} of {made:%Y-%m-%d %H:%M} UTC, release {self.manifest.release}"


def restore(settings: Settings, file: Path, over: str, other_key: bool, ask: Ask, say: Say) -> bool:
    """Restore `file`; False when `ask` was answered with no. Raises ConfigError, then nothing is changed.

    `over` names the database whose place the backup takes, empty for one without data.
    """
    if (pid := home.supervisor(settings.home)) and server.embedded(settings):
        raise ConfigError(f"sixpm runs in {settings.home} (process {pid}). Stop it first: `sixpm stop`.")
    # Nobody but the supervisor, which is away, starts processes on an embedded server: no need to wait for silence.
    with server.reached(settings) as url:
        source = _looked_at(url, file.resolve())
        _check_keys(settings, source, other_key, say)
        name = db.database(url)
        replaces = _check_target(url, name, over, 0.0 if server.embedded(settings) else SILENT)
        if not ask(_question(source, name, replaces)):
            return False
        if replaces:
            _replace(settings, url, name, source, say)
        else:
            _fill(settings, url, source, say, empty=True)
        return True


def _looked_at(url: str, file: Path) -> Source:
    """The backup, read to its end. Raises ConfigError for one that is damaged, or of a newer release than this."""
    if not file.is_file():
        raise ConfigError(f"There is no file {file}.")
    found = manifest.read(file)
    if found:
        manifest.check(file, found)
    engine = db.create_engine(url, size=1, app="sixpm-restore")
    try:
        with engine.connect() as conn:
            version, wants = db.server_version(conn) // 10000, db.heads(conn)[1]
    finally:
        engine.dispose()
    listed = programs.contents(file, version)
    has = programs.migration(file, version)
    if wants is None or has > wants:
        of = f" (release {found.release})" if found else ""
        raise ConfigError(
            f"The backup has schema {has}{of}, and this is release {VERSION} with schema {wants}. A newer backup cannot"
            " be read by an older program: install that release, then restore."
        )
    return Source(file, found, has, listed, version)


def _check_keys(settings: Settings, source: Source, other_key: bool, say: Say) -> None:
    """Raise ConfigError when what is sealed in the backup was sealed with a key that is not configured."""
    if source.manifest is None:
        say(
            f"{manifest.beside(source.file).name} is not beside the backup: whether SIXPM_SECRET_KEY fits is not known."
        )
        return
    lost = set(source.manifest.keys) - set(sealing.fingerprints(_secret(settings)))
    if lost and not other_key:
        raise ConfigError(
            "The backup was made with another SIXPM_SECRET_KEY than the one that is set. With this one, secrets of"
            " channels, passwords of relays and DKIM keys cannot be opened, links and reply addresses in mails already"
            " sent are dead, and who unsubscribed is forgotten. Set the key of that instance (its secret.key); where it"
            " is lost for good, restore with --other-key and enter the secrets again."
        )
    if lost:
        say("Another SIXPM_SECRET_KEY: enter the secrets of channels, relays and DKIM keys again.")


def _secret(settings: Settings) -> str:
    key = settings.home / "secret.key"
    return settings.secret_key or (key.read_text().strip() if key.exists() else "")


def _check_target(url: str, name: str, over: str, silent: float) -> bool:
    """Whether a database with data is to be replaced. Raises ConfigError where nobody said so, or it is in use."""
    engine = db.create_engine(url, size=1, app="sixpm-restore")
    try:
        with engine.connect() as conn:
            empty, alive, others = queries.is_empty(conn), queries.alive(conn, silent), queries.connected(conn)
    finally:
        engine.dispose()
    if alive:
        raise ConfigError(
            f"Processes of the instance are alive: {', '.join(alive)}. Stop all of them first; one that was killed"
            f" counts as alive for {silent:.0f} s."
        )
    if others:
        raise ConfigError(f"Somebody is connected to the database {name}: {', '.join(others)}. Stop that first.")
    if over and over != name:
        raise ConfigError(f"The configured database is {name}, not {over}.")
    if not empty and not over:
        raise ConfigError(
            f"The database {name} holds data. To put the backup in its place, name it: --over {name}. What is there now"
            " is kept under another name."
        )
    return not empty


def _question(source: Source, name: str, replaces: bool) -> str:
    then = "What is there now is kept under another name. " if replaces else ""
    return (
        f"Restore {source.told} into the database {name}? {then}Whatever happened after the backup is not in it: runs"
        " that were not over then are held until somebody lets them go on."
    )


def _replace(settings: Settings, url: str, name: str, source: Source, say: Say) -> None:
    """Fill a database beside the one that is there, and give it that one's name when it is ready."""
    draft, aside = f"{name}_restoring", f"{name}_before_{datetime.now(UTC):%Y%m%d%H%M%S}"
    engine = db.create_engine(db.named(url, "postgres"), size=1, app="sixpm-restore")
    try:
        queries.drop(engine, draft)  # of a restore that was broken off
        db.bootstrap(db.named(url, "postgres"), draft)
        _fill(settings, db.named(url, draft), source, say, empty=False)
        with engine.begin() as conn:
            queries.swap(conn, name, aside, draft)
    finally:
        engine.dispose()
    say(f"What was there before is the database {aside}. When you are sure, drop it: DROP DATABASE {aside};")


def _fill(settings: Settings, url: str, source: Source, say: Say, *, empty: bool) -> None:
    """Load the backup, bring its schema to this release, and hold what was under way, in this order.

    Killed in between it leaves a database from which nothing can be claimed: the row that names its cluster is missing
    until the runs are held.
    """
    engine = db.create_engine(url, size=1, app="sixpm-restore")
    try:
        if empty:
            with engine.begin() as conn:
                queries.drop_tables(conn)
        with tempfile.TemporaryDirectory() as scratch:
            programs.load(url, source.file, source.listed, source.server, Path(scratch))
        if (settings.broker_url or "pgmq").startswith("pgmq"):
            db.install_queues(url, QUEUES)
        db.upgrade(url)
        with engine.begin() as conn:
            now = db.now(conn)
            queries.forget_origin(conn)  # the oldest migrations write it
            queries.skip_identifiers(conn)
            sweep.hold_after_restore(conn, now, _reason(source, now))
            queries.act(conn, "restored", source.file.name, source.told, now)
            held = queries.held(conn)
    finally:
        engine.dispose()
    _tell(source, held, say)


def _reason(source: Source, now: datetime) -> str:
    of = source.manifest.made_at[:16].replace("T", " ") + " UTC" if source.manifest else "an unknown day"
    return (
        f"the database was restored on {now:%Y-%m-%d %H:%M} UTC from a backup of {of}: mails sent in between may be"
        " missing here. Compare with the relay's log; then resume it, or cancel it and send the rest to some"
    )


def _tell(source: Source, held: Sequence[tuple[int, str, int]], say: Say) -> None:
    say(f"Restored: {source.told}")
    for run_id, kind, count in held[:20]:
        say(f"  held: {kind} run {run_id}, {count} not known to have left")
    if len(held) > 20:
        say(f"  and {len(held) - 20} more")
    say(
        "Next: start the instance, look at each held run (Deliveries) and at your relay's log, then resume it (what is"
        " left is sent), or cancel it and send the rest to those who got nothing. What fell due after the backup and is"
        " still useful is planned again."
    )
