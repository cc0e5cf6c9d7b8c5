"""A night on duty: a digest in doubt, rows that wait for a capped relay and a resting receiver, a run to send again,
and two mailboxes, one of which refuses the login.

What the screenshots of the delivery pages look at.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import insert, text

from engine import config, move
from engine.db import Conn
from engine.inbound.queries import boxes
from engine.models import Pace
from engine.outbound.events import take
from engine.outbound.events.event import Event, Kind
from engine.outbound.queries.flushing import these
from engine.people import relay_changes
from engine.people.accounts import Account
from engine.people.relay_changes import RelayDraft
from tests import factories as make
from tests.engine.outbound.events.rigs import sendgrid_pair

DIED = "its worker mail2:4711 stopped before an answer was recorded"
LINE = (
    "the connection was lost after the content (at DATA)\n> MAIL FROM:<bounce+7@mail.acme.example> SIZE=6120\n"
    "< 250 2.1.0 Ok\n> RCPT TO:<{}>\n< 250 2.1.5 Ok\n> DATA\n< 354 End data with <CR><LF>.<CR><LF>\n"
    "> 6120 bytes of content, with its final dot\n(nothing more was heard; connection reset by peer)"
)
REFUSED = (
    ("5.1.1", "550 5.1.1 <{}>: Recipient address rejected: User unknown in virtual mailbox table"),
    ("5.7.1", "554 5.7.1 Message rejected as spam by content scanning"),
)


@dataclass(frozen=True, slots=True)
class Night:
    """Ids to find things by: the relay whose events come in, and the runs."""

    relay: int
    doubtful: int
    capped: int
    resting: int
    ended: int


def build(conn: Conn, owner: Account, now: datetime) -> Night:
    """Three relays (SendGrid, at its day's cap; Postfix for bulk, outlook resting; Postmark as the spare) and runs."""
    main, bulk = relays(conn, owner, now)
    paced = {"at": now, "day": now.date()}
    until, words = now + timedelta(minutes=7), "421 4.7.0 [TSS04] Messages temporarily deferred due to user complaints"
    rests = {"breaker": "open", "failures": 3, "next_at": until, "reason": words}
    conn.execute(insert(Pace).values(lane=f"relay:{main}", provider="", day_used=100_000, day_cap=100_000, **paced))
    conn.execute(insert(Pace).values(lane=f"relay:{bulk}", provider="outlook", **paced, **rests))
    boxes.advance(conn, _box(conn, "answers@example.org@imap.example.org/INBOX"), 5120, 5120, 3)
    refused = "imap.gmail.com:993 refuses the login of acme@gmail.com: [AUTHENTICATIONFAILED] Invalid credentials"
    boxes.fails(conn, "acme@gmail.com@imap.gmail.com/INBOX", refused)
    ws = owner.workspace_id
    return Night(
        relay=main, doubtful=_doubtful(conn, ws, now, main), capped=_waiting(conn, ws, now, "prompt", ""),
        resting=_waiting(conn, ws, now, "digest", "outlook"), ended=_ended(conn, ws, now),
    )  # fmt: skip


def _box(conn: Conn, name: str) -> str:
    """A mailbox that was connected and looked at in full."""
    boxes.place(conn, name)
    boxes.begin(conn, name, 7, 0)
    boxes.complete(conn, name)
    return name


def relays(conn: Conn, owner: Account, now: datetime) -> tuple[int, int]:
    """Three relays; the ids of the first one for all mail, whose events come in, and of the one for bulk."""
    settings = config.settings()
    own = RelayDraft(name="Our Postfix", host="mail.example.org", uses="bulk", visible=True, warmup_from=now.date())
    spare = RelayDraft(name="Postmark", preset="postmark", rank=1, host="smtp.postmarkapp.com")
    main = RelayDraft(
        name="SendGrid", preset="sendgrid", host="smtp.sendgrid.net", user="apikey", password="SG.x", connections=10,
        per_second=50, per_day=100_000, hook_secret=sendgrid_pair()[1],
    )  # fmt: skip
    numbers = [relay_changes.add(conn, owner.principal, settings, draft) for draft in (own, spare, main)]
    came = [Event("e1", Kind.OTHER, now)]
    take.take(conn, f"sendgrid:{numbers[-1]}", owner.workspace_id, came, "a key", now)
    return numbers[-1], numbers[0]


def _run(conn: Conn, ws: int, at: datetime, kind: str, people: Sequence[str], provider: str = "", **of: str) -> int:
    """A planned run for these addresses, all in one batch; its number."""
    run = make.run(conn, ws, kind, made_at=at, size=len(people), **of)
    batch = make.batch(conn, ws, run, next_at=at, provider=provider, state=of.get("state", "open"), epoch=1)
    for seq, address in enumerate(people, start=1):
        late = at + timedelta(hours=14)
        make.delivery(conn, ws, run, batch, seq, recipient=10_000 + seq, address=address, useful_until=late)
    return run


def _doubtful(conn: Conn, ws: int, now: datetime, relay: int) -> int:
    people = [f"{name}@{at}" for at in ("gmail.com", "outlook.com", "acme.example") for name in ("ines", "jonas")]
    run = _run(conn, ws, now - timedelta(minutes=50), "digest", people, state="done")
    for seq, address in enumerate(people, start=1):
        why = DIED if seq < 3 else LINE.format(address)
        queued = {"relay_id": relay, "queue_id": "" if seq < 3 else f"4bC1x{seq}"}
        move.deliveries(conn, "doubt", these(run, [seq]), now - timedelta(minutes=40), reason=why, values=queued)
    conn.execute(
        text("UPDATE delivery_event SET written_at = written_at - interval '40 min' WHERE run_id = :r AND seq > 1"),
        {"r": run},
    )
    move.deliveries(conn, "mark_arrived", these(run, [6]), now, actor="account:1", reason="it arrived")
    return run


def _waiting(conn: Conn, ws: int, now: datetime, kind: str, provider: str) -> int:
    people = [f"{name}@{provider or 'acme'}.com" for name in ("kofi", "lena", "marek")]
    return _run(conn, ws, now - timedelta(minutes=9), kind, people, provider)


def _ended(conn: Conn, ws: int, now: datetime) -> int:
    """A run of 24 that is over: 14 sent, the rest refused, too late or failed."""
    at = now - timedelta(hours=3)
    people = [f"member{seq}@acme.example" for seq in range(1, 25)]
    run = _run(conn, ws, at, "digest", people, state="done")
    make.settle(conn, run, at=at + timedelta(seconds=20))
    for (code, reply), seqs in zip(REFUSED, (range(1, 5), range(5, 7)), strict=True):
        for seq in seqs:
            words = {"code": code, "reply": reply.format(people[seq - 1]), "sent_at": None}
            _refused(conn, run, seq, words, at)
    _left(conn, run, "expired", range(7, 9), "it is past the time until which it was useful")
    _left(conn, run, "failed", range(9, 11), "the mail could not be written: the template names no team")
    return run


def _refused(conn: Conn, run: int, seq: int, words: dict[str, str | None], at: datetime) -> None:
    conn.execute(text("UPDATE delivery SET state = 'queued' WHERE run_id = :r AND seq = :s"), {"r": run, "s": seq})
    move.deliveries(conn, "bounce", these(run, [seq]), at + timedelta(seconds=9), values=words)


def _left(conn: Conn, run: int, state: str, seqs: Sequence[int], reason: str) -> None:
    conn.execute(
        text("UPDATE delivery SET state = :st, reason = :why, sent_at = NULL WHERE run_id = :r AND seq = ANY(:seqs)"),
        {"st": state, "why": reason, "r": run, "seqs": list(seqs)},
    )
