"""Whose words these are: the reply token and a matching From, or the mail is held with a plain reason."""

from __future__ import annotations

import re
from collections.abc import Iterable

from engine.db import Conn
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries import whose
from engine.inbound.queries.whose import Delivered, Part
from engine.inbound.route import Claim

_COMMENT = re.compile(r"\([^()]*\)")
_DMARC_FAIL = re.compile(r"(?:^|[;\s])dmarc\s*=\s*fail\b", re.IGNORECASE)


def part_of(conn: Conn, about: Delivered) -> Part | None:
    """The part in a round that a reply to this delivery belongs to.

    A prompt or nudge is about its own; a reply to a digest joins the newest round asked of that member.
    """
    if about.kind in ("prompt", "nudge"):
        return whose.part(conn, about.workspace_id, about.about)
    if about.kind == "digest":
        newest = whose.newest_part(conn, about.workspace_id, about.recipient)
        return whose.part(conn, about.workspace_id, newest) if newest is not None else None
    return None


def objection(mail: ParsedMail, claim: Claim, part: Part | None, authserv_id: str | None) -> str | None:
    """Why these words may not be taken as the member's, or None."""
    if claim.expired:
        return "The reply address had expired when the mail came."
    if part is None:
        return "The mail it answers takes no replies, or its round is gone."
    if mail.from_ is None or mail.from_.address.casefold() != part.email_key:
        return "From does not match the person this address was given to."
    if dmarc_failed(mail.authentication_results, authserv_id):
        return f"DMARC failed: {authserv_id} says that this mail does not come from its From domain."
    return gone(part)


def gone(part: Part) -> str | None:
    """Why nobody's words may join this part any more, or None."""
    if part.left_at is not None:
        return "The person has left the team."
    return "The team is archived." if part.archived_at is not None else None


def dmarc_failed(results: Iterable[str], authserv_id: str | None) -> bool:
    """Whether our own edge wrote dmarc=fail (RFC 8601 section 2.7). Without an own authserv-id nothing is believed."""
    if not authserv_id:
        return False
    for value in results:
        name, _, methods = _COMMENT.sub(" ", value).partition(";")
        words = name.split()
        if words and words[0].casefold() == authserv_id.casefold() and _DMARC_FAIL.search(methods):
            return True
    return False
