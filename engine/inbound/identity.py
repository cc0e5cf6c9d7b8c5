"""Whose words these are: the reply token and a matching From, or the mail is held with a plain reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from engine.db import Conn
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.queries import whose
from engine.inbound.queries.commenting import Writer
from engine.inbound.queries.whose import Addressee, Colleague, Delivered, Part
from engine.inbound.route import Claim

EXPIRED = "The reply address had expired when the mail came."
_COMMENT = re.compile(r"\([^()]*\)")
_DMARC = re.compile(r"(?:^|[;\s])dmarc\s*=\s*([a-z]+)\b([^;]*)", re.IGNORECASE)
_HEADER_FROM = re.compile(r"\bheader\.from\s*=\s*\"?([^\s;\"]+)", re.IGNORECASE)


def part_of(conn: Conn, about: Delivered) -> Part | None:
    """The part in a round that a reply to this delivery belongs to.

    A prompt or nudge is about its own; answers to a digest are comments (engine.inbound.remarks). A mail that answered
    one of theirs by itself, or told what was recorded, is about the same part as theirs was.
    """
    if about.kind in ("prompt", "nudge"):
        return about.part
    if about.kind == "notice":
        told = whose.told_part(conn, about.workspace_id, about.about)
        return whose.part(conn, about.workspace_id, told) if told is not None else None
    return None


def objection(
    mail: ParsedMail, claim: Claim, to: Part | Addressee | Writer | Colleague | None, authserv_id: str | None
) -> str | None:
    """Why these words may not be taken as those of the person the mail went to, or None."""
    if claim.expired:
        return EXPIRED
    if to is None:
        return "The mail it answers takes no replies, or its round is gone."
    if mail.from_ is None or mail.from_.address.casefold() != to.email_key:
        return "From does not match the person this address was given to."
    return forged(mail, authserv_id) or gone(to)


def forged(mail: ParsedMail, authserv_id: str | None) -> str | None:
    """Why From is not believed, or None."""
    if dmarc_failed(mail.authentication_results, authserv_id):
        return f"DMARC failed: {authserv_id} says that this mail does not come from its From domain."
    return None


def gone(to: Part | Addressee | Writer | Colleague) -> str | None:
    """Why nobody's words may join this part, or be for this team, any more, or None."""
    if to.left_at is not None:
        return "The person has left the team."
    return "The team is archived." if to.archived_at is not None else None


def dmarc_failed(results: Iterable[str], authserv_id: str | None) -> bool:
    """Whether our own edge wrote dmarc=fail (RFC 8601 section 2.7). Without an own authserv-id nothing is believed."""
    return any(verdict == "fail" for verdict, _ in _verdicts(results, authserv_id))


def dmarc_passed(mail: ParsedMail, authserv_id: str | None) -> bool:
    """Whether our own edge wrote dmarc=pass for the domain of this From, and nothing else about DMARC.

    An edge takes away results that claim to be its own (RFC 8601 section 5); should one have slipped through beside
    the edge's, they do not agree, and nobody is vouched for.
    """
    verdicts = list(_verdicts(mail.authentication_results, authserv_id))
    domain = mail.from_.address.rpartition("@")[2].casefold() if mail.from_ else ""
    about = {found[1].casefold() for _, rest in verdicts if (found := _HEADER_FROM.search(rest))}
    return bool(verdicts) and all(verdict == "pass" for verdict, _ in verdicts) and about <= {domain} and bool(domain)


def _verdicts(results: Iterable[str], authserv_id: str | None) -> Iterator[tuple[str, str]]:
    """(result, properties) of DMARC by our own edge."""
    for value in results if authserv_id else ():
        name, _, methods = _COMMENT.sub(" ", value).partition(";")
        words = name.split()
        if words and authserv_id and words[0].casefold() == authserv_id.casefold():
            for found in _DMARC.finditer(methods):
                yield found[1].lower(), found[2]
