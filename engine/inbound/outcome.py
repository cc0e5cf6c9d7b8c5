"""What the steps of receiving hand to each other: a mail that was read, who wrote it, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from engine.conversations.individual import Words, as_saved
from engine.conversations.parts import Change
from engine.db import Conn
from engine.inbound.own import Own
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries.addressing import Door
from engine.inbound.queries.keeping import Taken
from engine.inbound.queries.whose import Delivered
from engine.inbound.route import Claim
from engine.outbound.followup import FollowUp

NOTHING = FollowUp()
NOTHING_SAID = "Nothing was written above the quotation."
NAMED = 5  # attachments that a reason names
LONGEST_NAME = 80  # characters of such a name


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that was read: its locked row, what the parser made of it, and the delivery it says it answers.

    `ordered`: it began with an order, which is answered by a mail that tells of its words too. `words` tells what a
    campaign's mail said.
    """

    mail: Taken
    parsed: ParsedMail
    claim: Claim | None
    own: Own
    now: datetime
    doors: tuple[Door, ...] = ()  # the plain addresses it was written to, all of one workspace
    about: Delivered | None = None  # the delivery it says it answers, where that is still kept
    ordered: bool = False
    words: Words = as_saved


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a mail. `proof` says how that is known, as at engine.models.conversations.Message.

    `actor` is the person who said so in place of a proof, else empty. Membership and team are None where the mail is
    about neither.
    """

    workspace_id: int
    contact_id: int
    membership_id: int | None
    team_id: int | None
    proof: str
    actor: str = ""


@dataclass(frozen=True, slots=True)
class Talk:
    """The words are for the sender's conversations with these teams, or (None) the workspace: `talking` takes them.

    `answers` is the delivery (run_id, seq) they answer, where that is a message of such a conversation; `campaign`
    says that a campaign sent it.
    """

    sender: Sender
    teams: tuple[int | None, ...]
    answers: tuple[int, int] | None = None
    campaign: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """The move a mail makes, and why. `workspace_id` None leaves it where it is; `contact_id` is whom it is from."""

    trigger: str
    reason: str
    workspace_id: int | None = None
    contact_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail. What locks a team or a workspace until the commit is written after everything else, in
    this order, so that two mails never wait for each other: `last` (a team's numbers), then `changes` (the log)."""

    ruling: Ruling
    followup: FollowUp = NOTHING
    last: Callable[[Conn], object] | None = None
    changes: tuple[Change, ...] = ()
    key: str | None = None  # by which copies of this mail are known for such


def nothing_said(parsed: ParsedMail) -> str:
    """Why a mail without words waits, for whoever looks at it: is it empty, all quotation, or are there files in it?"""
    files = [(file.name or file.content_type)[:LONGEST_NAME] for file in parsed.attachments]
    more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
    named = ", ".join(files[:NAMED]) + more
    if parsed.reply_text.strip() or parsed.cut_text.strip():
        return f"{NOTHING_SAID} Attached: {named}." if files else NOTHING_SAID
    if not files:
        return "Nothing was written in it."
    return f"It has only attachments: {named}."
