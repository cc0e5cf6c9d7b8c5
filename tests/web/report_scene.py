"""A campaign of which a day has gone by: launched by the product, with all that can become of a mail, and read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import text

from engine import db
from engine.campaigns import campaigns, freeze
from engine.campaigns.queries import rows
from engine.campaigns.tracking import hits, links
from engine.campaigns.tracking.choice import Choice
from engine.campaigns.tracking.hits import Visit
from engine.campaigns.tracking.leaving import leave
from engine.people.accounts import Account
from tests import factories as make
from tests.factories.campaigns import written

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"
URLS = ("https://shop.example/spring", "https://shop.example/spring/tickets?from=mail", "https://blog.example/")
DOMAINS = ("gmail.com", "gmail.com", "corp.example", "outlook.com", "gmx.de", "d7.example")
WORDS = ("Yes, I am coming, and so is my dog.", "Is there parking nearby?", "=SUM(1) is what my sheet says.")
_WAYS: tuple[tuple[str, str, str, str], ...] = (  # state, code, reply, reason of the n-th in twenty
    ("bounced", "550", "550 5.1.1 no such user", ""), ("deferred", "451", "451 4.7.1 greylisted, try again later", ""),
    ("failed", "", "", "too large"), ("in_doubt", "", "", ""), ("queued", "", "", ""), ("complained", "250", "", ""),
    ("bounced", "554", "554 5.7.1 refused as spam", ""),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reported:
    """Ids to find things by."""

    workspace_id: int
    campaign_id: int
    run_id: int
    links: dict[str, int]
    draft_id: int  # never launched
    quiet_id: int  # out, and nothing of it is tracked


def build(conn: db.Conn, owner: Account, now: datetime, count: int = 60) -> Reported:
    """A campaign to so many people that nobody else gets, another that nobody has read, and a draft."""
    people = [make.contact(conn, owner.workspace_id, f"Reader {n}", email=f"reader{n}@{DOMAINS[n % 6]}")[0]
              for n in range(count)]  # fmt: skip
    conn.execute(
        text("INSERT INTO consent (contact_id, channel, workspace_id, state, source, at)"
             " SELECT unnest(cast(:ids AS bigint[])), 'mail', :w, 'withdrawn', 'person', :at"),
        {"ids": people[-4:], "w": owner.workspace_id, "at": now - timedelta(days=40)},
    )  # fmt: skip
    began = now - timedelta(hours=20)
    quiet = _launched(conn, owner, "Survey", people[:8], now, track_links=False)
    campaign, run = _launched(conn, owner, "Spring party", people, began)
    kept = links.kept(conn, owner.workspace_id, campaign, URLS, began)
    _send(conn, run, began)
    _read(conn, run, [kept[url] for url in URLS], began, count)
    _answer(conn, owner.workspace_id, campaign, run, began)
    for seq in (30, 36):
        who = conn.execute(text("SELECT recipient FROM delivery WHERE run_id = :r AND seq = :s"), {"r": run, "s": seq})
        at = began + timedelta(hours=9)
        of = Choice(owner.workspace_id, who.scalar_one(), "mail", 0)
        leave(conn, of, (run, seq), Visit(at, "POST", "198.51.100.0/24", FIREFOX), at)
    draft = campaigns.make(conn, owner.principal, "Summer party")
    return Reported(owner.workspace_id, campaign, run, kept, draft, quiet[0])


def _launched(
    conn: db.Conn, owner: Account, name: str, people: list[int], at: datetime, track_links: bool | None = None
) -> tuple[int, int]:  # fmt: skip
    made = campaigns.make(conn, owner.principal, name, needs_consent=False, track_links=track_links)
    written(conn, owner.principal, made, name, "Come, and bring somebody.", at)
    of = campaigns.get(conn, owner.principal, made)
    whom = rows.known_contacts(owner.workspace_id)
    (one,) = whom.selected_columns
    frozen = freeze.freeze(conn, of, whom.where(one.in_(people)), at)
    assert frozen is not None
    conn.execute(text("UPDATE campaign SET state = 'running', run_id = :r, launched_at = :at WHERE id = :c"),
                 {"r": frozen.run_id, "at": at, "c": made})  # fmt: skip
    return made, frozen.run_id


def _send(conn: db.Conn, run: int, began: datetime) -> None:
    conn.execute(
        text("UPDATE delivery SET state = 'sent', code = '250', reply = '250 ok',"
             " sent_at = cast(:at AS timestamptz) + make_interval(mins => (seq * 7)::int)"
             " WHERE run_id = :r AND state = 'queued'"),
        {"r": run, "at": began},
    )  # fmt: skip
    for n, (state, code, reply, reason) in enumerate(_WAYS, start=1):
        accepted = "" if state == "complained" else ", sent_at = NULL"
        conn.execute(
            text(f"UPDATE delivery SET state = :state, code = :code, reply = :reply, reason = :reason{accepted}"
                 " WHERE run_id = :r AND seq % 24 = :n AND state = 'sent'"),
            {"r": run, "n": n, "state": state, "code": code, "reply": reply, "reason": reason},
        )  # fmt: skip


def _read(conn: db.Conn, run: int, links: list[int], began: datetime, count: int) -> None:
    """A scanner at every third mail, a reader at every fourth."""
    sent = conn.execute(
        text("SELECT seq, sent_at FROM delivery WHERE run_id = :r AND sent_at IS NOT NULL ORDER BY seq"), {"r": run}
    )
    for seq, at in sent.all():
        if seq % 3 == 0:
            for n, link in enumerate(links):
                visit = Visit(at + timedelta(seconds=2 + n / 4), "GET", "192.0.2.0/24", "")
                hits.take(conn, run, seq, link, visit)
        if seq % 7 == 2:
            hits.take(conn, run, seq, links[0], Visit(at + timedelta(seconds=4), "GET", "203.0.113.0/24", FIREFOX))
        if seq % 4 == 0:
            later = at + timedelta(hours=1 + seq % 9)
            place = None if seq % 8 == 0 else links[seq % 3]
            hits.take(conn, run, seq, place, Visit(later, "GET", "198.51.100.0/24", FIREFOX))


def _answer(conn: db.Conn, workspace_id: int, campaign: int, run: int, began: datetime) -> None:
    for n, words in enumerate(WORDS):
        conn.execute(
            text("""
                WITH who AS (SELECT recipient, seq FROM delivery WHERE run_id = :r AND state = 'sent'
                    ORDER BY seq OFFSET :n LIMIT 1),
                v AS (INSERT INTO conversation (workspace_id, channel_key, platform, type, name, campaign_id,
                        contact_id, last_no, moved_at)
                    SELECT :w, 'mail.direct.' || recipient, 'mail', 'direct', 'Spring party', :c, recipient, 1, :at
                    FROM who RETURNING id)
                INSERT INTO message (conversation_id, no, workspace_id, author_id, author_kind, campaign_id, run_id,
                    seq, kind, body, platform, at)
                SELECT v.id, 1, :w, recipient, 'contact', :c, :r, seq, 'mail', :words, 'mail', :at FROM v, who
            """),
            {"r": run, "n": n * 3, "w": workspace_id, "c": campaign, "at": began + timedelta(hours=2 + n),
             "words": words},
        )  # fmt: skip
