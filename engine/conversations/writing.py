"""STORY write: somebody of us writes to a person. A mail goes out by the ledger, a run of one; a note stays here.

What is written is a message in the same transaction that plans its delivery. A note is a message and nothing else: no
run, no row, no mail to anybody.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from engine.config import required, settings
from engine.conversations import access, doors, threads
from engine.conversations.parts import Change, Done, Said
from engine.conversations.post import post
from engine.conversations.queries import looking_after, posting
from engine.conversations.queries.looking_after import Cared
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.outbound.followup import FollowUp
from engine.outbound.plan import Recipient, plan
from engine.people import contacts, suppression
from engine.people.principal import Principal

KIND = "talk"
USEFUL = timedelta(days=5)
LONGEST, LONGEST_SUBJECT = 20_000, 200  # characters


def mail(conn: Conn, who: Principal, cared: Cared, text: str, now: datetime, subject: str = "") -> Done:
    """Mail the person these words; the conversation then waits for them. Raises Invalid where nothing can go out."""
    return _out(conn, who, cared, _clean(text), subject, now, "session", None)


def by_mail(conn: Conn, who: Principal, conversation_id: int, text: str, inbound_id: int, now: datetime) -> Done:
    """The same for words that a colleague mailed in. Raises NotFound, NotAllowed, Invalid."""
    cared = access.to_answer(conn, who, conversation_id)
    return _out(conn, who, cared, _clean(text), "", now, "token", inbound_id)


def note(conn: Conn, who: Principal, cared: Cared, text: str, now: datetime) -> Done:
    """Write something for the team alone. Raises Invalid."""
    said = Said("account", _account(who), "note", _clean(text), "sixpm", None, now, "session")
    posted = post(conn, access.thread(cared), said)
    assert posted is not None  # a note has no id elsewhere that could be there already
    return Done({"conversation": cared.id, "no": posted.no}, posted.changes)


def take_note_back(conn: Conn, who: Principal, cared: Cared, no: int, now: datetime) -> Done:
    """Take one's own note away; that there was one stays. Raises Invalid for another's, or what is no note."""
    if not posting.empty_note(conn, cared.workspace_id, cared.id, no, _account(who), now):
        raise Invalid("Only your own notes can be taken back, and each once. What was mailed stays.", field="text")
    gone = Change(cared.workspace_id, "message.removed", cared.id, "message", no, actor_id=who.account_id)
    return Done({"conversation": cared.id, "no": no}, (gone,))


def to_person(
    conn: Conn, who: Principal, contact_id: int, team_id: int | None, subject: str, text: str, now: datetime
) -> Done:
    """Write to a person of one's own accord, in their conversation with the team, or (None) with the workspace.

    A run of one by the same way as every answer. Raises NotFound, NotAllowed, Invalid.
    """
    access.require(conn, who, team_id)
    subject = " ".join(subject.replace("\0", "").split())
    if not subject:
        raise Invalid("Say in a few words what it is about.", field="subject")
    if len(subject) > LONGEST_SUBJECT:
        raise Invalid(f"This is longer than {LONGEST_SUBJECT} characters. Shorten it.", field="subject")
    words = _clean(text)
    contacts.get(conn, who.workspace_id, contact_id)  # raises NotFound for somebody of another workspace
    thread, made = threads.with_contact(conn, who.workspace_id, "mail", contact_id, team_id)
    cared = looking_after.one(conn, who.workspace_id, thread.id)
    if cared is None:
        raise NotFound(access.GONE)
    done = _out(conn, who, cared, words, subject, now, "session", None)
    return Done(done.response, (*made, *done.changes), done.followup)


def _out(
    conn: Conn, who: Principal, cared: Cared, text: str, subject: str, now: datetime, proof: str, inbound_id: int | None
) -> Done:
    if reason := unreachable(conn, cared.workspace_id, cared.email, cared.standing):
        raise Invalid(reason, field="text")
    doors.keep_open(conn, cared, now)
    recipient = Recipient(cared.contact_id, cared.id, cared.email, now + USEFUL)
    planned = plan(conn, cared.workspace_id, KIND, [recipient], now)
    assert planned is not None  # there is one recipient
    said = Said(
        "account", _account(who), "mail", text, "mail", f"{cared.id}/{planned.run_id}.1", now, proof,
        subject or _again(cared.subject), inbound_id, None, planned.run_id, 1,
    )  # fmt: skip
    posted = post(conn, access.thread(cared), said)
    assert posted is not None  # the run is new, and so is the name
    response = {"conversation": cared.id, "no": posted.no, "run": planned.run_id}
    changes: tuple[Change, ...] = posted.changes
    return Done(response, changes, FollowUp(batches=planned.batch_ids))


def unreachable(conn: Conn, workspace_id: int, email: str, standing: str) -> str:
    """Why a person cannot be mailed, or empty."""
    if standing != "known":
        return "This person has not been let in, so that nothing is sent to them."
    if not email:
        return "This person has no mail address, so that nothing can be sent to them."
    secret = required(settings().secret_key, "secret_key")
    if suppression.listed(conn, workspace_id, secret, [email]):
        return f"{email} gets no mail: it bounced, complained or asked for none. An admin can let it get mail again."
    return ""


def _again(subject: str) -> str:
    """The subject of an answer."""
    return subject if not subject or subject[:3].casefold() == "re:" else f"Re: {subject}"


def _clean(text: str) -> str:
    words = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not words:
        raise Invalid("Write at least one word.", field="text")
    if len(words) > LONGEST:
        raise Invalid(f"This is longer than {LONGEST} characters. Shorten it.", field="text")
    return words


def _account(who: Principal) -> int:
    if who.account_id is None:
        raise Invalid("Only somebody who is signed in can write here.")
    return who.account_id
