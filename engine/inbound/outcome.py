"""What the steps of receiving hand to each other: a mail that was read, who wrote it, and what became of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from engine.db import Conn
from engine.inbound.own import Own
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries.keeping import Taken
from engine.inbound.route import Claim
from engine.outbound.followup import FollowUp

NOTHING = FollowUp()
NOTHING_SAID = "Nothing was written above the quotation."


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail that was read: its locked row, what the parser made of it, and the delivery it says it answers."""

    mail: Taken
    parsed: ParsedMail
    claim: Claim | None
    own: Own
    now: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote a mail. `proof` says how that is known: token, dmarc, from (nobody vouches for it), or person.

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
class Ruling:
    """The move a mail makes, and why. `workspace_id` None leaves it where it is."""

    trigger: str
    reason: str
    workspace_id: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail. `last` writes what locks a team or a workspace until the commit: it is called after
    everything else, so that two mails never wait for each other."""

    ruling: Ruling
    followup: FollowUp = NOTHING
    last: Callable[[Conn], object] | None = None
