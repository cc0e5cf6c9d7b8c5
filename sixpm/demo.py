"""STORY demo: one day of a team of eight, played through the real processes in a temporary home.

Nothing is believed that only the product says: mails are read from the catcher's files, posts from the chat
catcher's own log, and the ledger is compared with both. Each expectation that is not met ends the demo, named.
"""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from engine import config, db
from engine.errors import SixpmError
from engine.people import connections
from engine.transports import webhook
from sixpm import demo_chat, demo_ledger
from sixpm.demo_box import Box
from sixpm.demo_chat import Chat
from sixpm.demo_ledger import Ledger
from sixpm.demo_team import ANSWERS, NAMES, NOT_ANSWERING, Stage
from sixpm.embedded import ports, supervise
from sixpm.embedded.children import Say
from sixpm.embedded.services import services
from sixpm.embedded.supervise import Plan
from sixpm.replies import reply_address, reply_to

PATIENCE = 30.0  # seconds to wait for one expectation on a busy machine; a quiet one needs two or three


class Unmet(SixpmError):
    """Something that should have happened did not."""


@dataclass(frozen=True, slots=True)
class Play:
    """What the acts of the story share."""

    stage: Stage
    box: Box
    chat: Chat
    ledger: Ledger
    smtpd_port: int
    say: Say
    patience: float

    def expect(self, what: str, wanted: object, see: Callable[[], object]) -> None:
        """Wait until `see` shows what is wanted. Raises Unmet, which says what was seen instead."""
        began = time.monotonic()
        while (seen := see()) != wanted:
            if time.monotonic() > began + self.patience:
                raise Unmet(f"Not met within {self.patience:.0f} s: {what}. {difference(wanted, seen)}")
            time.sleep(0.1)
        self.say(f"  {what}  ({time.monotonic() - began:.1f} s)")


def main() -> int:
    """Play the day; 0 only if all of it happened. A home folder in which it did not is kept."""
    console, began = Console(highlight=False, markup=False, soft_wrap=True), time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # TERM stops everything in order, as Ctrl-C does
    home = Path(tempfile.mkdtemp(prefix="sixpm-demo-"))
    try:
        with own_environment():
            play(home, console.print)
    except BaseException as error:  # whatever it was, the folder with its logs is named; a fault of ours goes on
        if isinstance(error, SixpmError | OSError):
            console.print(f"\nThe demo failed. {error}")
        console.print(f"Its home is kept: {home} (logs in {home / 'log'}, mails in {home / 'mailbox'}).")
        if isinstance(error, SixpmError | OSError):
            return 1
        raise
    shutil.rmtree(home)
    console.print(f"\nAll of it happened, in {time.monotonic() - began:.0f} s.")
    return 0


def play(
    home: Path, say: Say, *, begin: datetime | None = None, plan: Plan = services, patience: float = PATIENCE
) -> None:
    """Play the day in `home`, from the business instant `begin` on (now; not before it, since rows say when they were
    made). Raises Unmet, ConfigError, OSError.
    """
    secret = webhook.new_secret()
    with supervise.running(home, say, plan) as settings, demo_chat.listening(home / "chat.log", secret) as chat:
        engine = db.create_engine(config.required(settings.database_url, "database_url"), app="sixpm-demo")
        try:
            say("\nA team of eight in five time zones; the hour of each is now.")
            with engine.begin() as conn:
                stage = Stage.load(conn, engine.begin, begin)
                who, where = stage.owner, {"url": chat.url}
                connections.connect(conn, who, stage.team_id, "webhook", "general", where, secret, settings)
            ledger = Ledger(engine.begin, who.workspace_id, stage.team_id)
            box = Box(settings.mailbox_dir, settings, ledger.kinds)
            _day(Play(stage, box, chat, ledger, settings.smtpd_port, say, patience))
            demo_ledger.show(ledger, say)
        finally:
            engine.dispose()


def _day(the: Play) -> None:
    """The acts in their order."""
    _asked(the)
    _answered(the)
    the.stage.move_to_nudge()
    the.say("\nThree hours later.")
    _nudged(the)
    the.stage.move_to_morning()
    the.say("\nThe next morning.")
    _told(the)
    the.say("\nThe books.")
    _balanced(the)


def _asked(the: Play) -> None:
    everybody = dict.fromkeys(the.stage.addresses, 1)
    the.expect("8 prompts are in the catcher, one each", everybody, lambda: the.box.count("prompt"))


def _hand_over(client: smtplib.SMTP, sender: str, to: str, raw: bytes) -> None:
    client.ehlo_or_helo_if_needed()
    for code, said in (client.mail(sender), client.rcpt(to), client.data(raw)):
        if code != 250:
            raise Unmet(f"The inbound listener refused the reply of {sender}: {code} {said.decode(errors='replace')}")


def _answered(the: Play) -> None:
    prompts = {mail.to: mail.raw for mail in the.box.mails("prompt")}
    with smtplib.SMTP(ports.LOOPBACK, the.smtpd_port, timeout=the.patience) as client:
        for answer in ANSWERS:
            address = the.stage.address_of(answer.name)
            raw = reply_to(prompts[address], answer.client, answer.text, f"{answer.name} <{address}>")
            _hand_over(client, address, reply_address(prompts[address]), raw)
    the.say(f"  6 replies went to the inbound listener: {', '.join(answer.client for answer in ANSWERS)}")
    entries = {answer.name: answer.entries for answer in ANSWERS}
    the.expect(f"{sum(map(len, entries.values()))} entries of 6 people", entries, the.ledger.entries)
    posts = Counter((answer.name, answer.entries) for answer in ANSWERS)
    the.expect("6 signed posts are in the chat, one an answer", posts, the.chat.posts)


def _nudged(the: Play) -> None:
    two = {the.stage.address_of(name): 1 for name in NOT_ANSWERING}
    the.expect(f"2 nudges are in the catcher, for {' and '.join(NOT_ANSWERING)}", two, lambda: the.box.count("nudge"))


def _told(the: Play) -> None:
    everybody = dict.fromkeys(the.stage.addresses, 1)
    the.expect("8 digests are in the catcher, one each", everybody, lambda: the.box.count("digest"))
    names = sorted(answer.name for answer in ANSWERS)
    groups = {"answered": names, "No answer": sorted(NOT_ANSWERING), "Away": [], "Not asked yet": []}
    words = sorted(entry for answer in ANSWERS for entry in answer.entries)
    for mail in the.box.mails("digest"):
        _same(f"the groups in the digest of {mail.to}", groups, mail.groups(NAMES))
        _same(f"the entries in the digest of {mail.to}", words, [entry for entry in words if mail.says(entry)])
    the.say("  each names who answered, who did not, nobody away and nobody unasked, and has every entry")


def _balanced(the: Play) -> None:
    """At the end everything is counted once more: nothing came twice while we looked elsewhere."""
    the.expect("all runs are done", [], the.ledger.unfinished)
    sizes = {"prompt": 8, "post": 6, "nudge": 2, "digest": 8}
    _same("deliveries by kind and state", {(kind, "sent"): size for kind, size in sizes.items()}, the.ledger.states())
    _same("runs whose rows do not add up to their recipients", [], the.ledger.unbalanced())
    _same("mails in the catcher against sent rows", the.ledger.sent_mails(), the.box.everything())
    _same("posts in the chat against sent rows", sizes["post"], the.chat.posts().total())
    _same("chat requests with a wrong signature", 0, the.chat.refused())
    the.say("  catcher, chat and ledger agree; every run's numbers balance")


def _same(what: str, wanted: object, seen: object) -> None:
    if wanted != seen:
        raise Unmet(f"Not so: {what}. {difference(wanted, seen)}")


def difference(wanted: object, seen: object) -> str:
    """What was expected and what was seen, of mappings the keys that differ alone."""
    if not (isinstance(wanted, Mapping) and isinstance(seen, Mapping)):
        return f"Expected {wanted}, saw {seen}."
    keys = [key for key in {**wanted, **seen} if wanted.get(key) != seen.get(key)]
    return " ".join(f"{key}: expected {wanted.get(key)}, saw {seen.get(key)}." for key in keys)


@contextmanager
def own_environment() -> Iterator[None]:
    """Without the settings of an instance that may run here: the demo must never use that one's database or relay."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("SIXPM_")]:
        del os.environ[name]
    os.environ["SIXPM_HOOKS_PRIVATE"] = "true"  # the chat catcher is on this machine
    config.settings.cache_clear()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        config.settings.cache_clear()
