"""A campaign that is out: three people got it, with links, and may leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import text

from engine import config, db
from engine.campaigns.tracking import choice, links
from engine.campaigns.tracking.choice import Choice
from engine.config import required
from engine.outbound.tracked import HIDDEN
from engine.people.accounts import Account
from engine.tokens import Keys, Purpose, message_id, sign_hit
from tests import factories as make

URLS = ["https://shop.example/spring?a=1&b=2", "https://blog.example/"]
FAR = date(2099, 1, 1)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


def keys() -> Keys:
    """The instance's keys."""
    return Keys.of(required(config.settings().secret_key, "secret_key"))


@dataclass(frozen=True, slots=True)
class Campaign:
    """Ids to find things by; `people` are contacts, the n-th of whom got the mail with seq n + 1."""

    workspace_id: int
    id: int
    topic: int
    run: int
    people: tuple[int, ...]
    links: dict[str, int]
    at: datetime

    def link(self, seq: int, url: str = URLS[0]) -> str:
        """The path of a tracked link of one mail."""
        return f"/l/{sign_hit(keys(), Purpose.HIT, self.run, seq, self.links[url])}"

    def hidden(self, seq: int) -> str:
        """The path that only machines follow."""
        return f"/l/{sign_hit(keys(), Purpose.HIT, self.run, seq, HIDDEN)}"

    def picture(self, seq: int) -> str:
        """The path of the picture."""
        return f"/o/{sign_hit(keys(), Purpose.OPEN, self.run, seq, 0)}.gif"

    def leave(self, seq: int) -> str:
        """The path by which one of them leaves the topic."""
        of = Choice(self.workspace_id, self.people[seq - 1], topic_id=self.topic)
        return f"/leave/{choice.token(keys(), of, FAR)}/{self.name(seq)}"

    def name(self, seq: int) -> str:
        """The delivery as its Message-ID names it."""
        return message_id(keys(), self.run, seq, "x").removeprefix("<").removesuffix("@x>")


def build(conn: db.Conn, owner: Account, now: datetime, count: int = 3, domain: str = "corp.example") -> Campaign:
    """A campaign of a topic, whose mails were taken an hour ago."""
    w, at = owner.workspace_id, now - timedelta(hours=1)
    topic = conn.execute(
        text("INSERT INTO topic (workspace_id, name, words) VALUES (:w, 'Offers', 'What is new') RETURNING id"),
        {"w": w},
    ).scalar_one()
    campaign = conn.execute(
        text("INSERT INTO campaign (workspace_id, name, topic_id) VALUES (:w, 'Spring', :t) RETURNING id"),
        {"w": w, "t": topic},
    ).scalar_one()
    people = [make.contact(conn, w, f"Person {n}", email=f"person{n}@{domain}") for n in range(count)]
    run = make.run(conn, w, "notice", campaign_id=campaign, made_at=at, state="done", size=count)
    batch = make.batch(conn, w, run, state="done", epoch=1, horizon=count)
    for seq, (contact_id, email) in enumerate(people, start=1):
        make.delivery(conn, w, run, batch, seq, recipient=contact_id, address=email)
    make.settle(conn, run, at=at)
    kept = links.kept(conn, w, campaign, URLS, now)
    return Campaign(w, campaign, topic, run, tuple(ident for ident, _ in people), kept, at)


def hold(conn: db.Conn, campaign: Campaign, system: str) -> None:
    """A burst of machines pressed the links of all of them; it waits."""
    conn.execute(
        text("INSERT INTO leaving (workspace_id, contact_id, channel, topic_id, run_id, seq, system, at)"
             " SELECT :w, id, 'mail', :t, :run, 1, :system, :at FROM unnest(cast(:ids AS bigint[])) AS id"),
        {"w": campaign.workspace_id, "t": campaign.topic, "run": campaign.run, "system": system, "at": campaign.at,
         "ids": list(campaign.people)},
    )  # fmt: skip
