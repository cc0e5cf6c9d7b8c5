"""What an SMTP reply means: whose fault it is, what becomes of the recipient, which queue id it names.

Pure: text in, values out. Reply codes: RFC 5321 section 4.2; enhanced codes: RFC 3463, RFC 2034.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import NamedTuple

from engine.transports.base import Scope, Verdict


class Reply(NamedTuple):
    """One server reply; the lines of a multi-line one are joined by a line feed, without their codes."""

    code: int
    text: str


class Stage(StrEnum):
    """The command a reply answers."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "end of data"
    CHUNK = "BDAT"  # RFC 3030: the command and its content have one answer


class Ruling(NamedTuple):
    """What a reply does to the mail in hand, how far it reaches, and whether the session must end."""

    verdict: Verdict
    scope: Scope
    close: bool


# The address or its domain does not exist, so that no later mail can arrive (RFC 3463 section 3.2; 5.1.10 is the
# null MX of RFC 7505). A 5.7.x is a policy about us, never a fact about the address.
DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"})

# Login wanted or refused (RFC 4954 section 6), command unknown or out of order (RFC 5321 section 4.2.2): our
# settings or our session are wrong, whichever command it answers.
NOT_ABOUT_THE_MAIL = frozenset({500, 502, 503, 530, 534, 535, 538})

# RFC 3463 section 3.2, and 450 by RFC 5321 section 4.2.3: at MAIL the envelope sender's. Postfix says 450 4.1.8 while
# it cannot resolve the sender's domain; one workspace's DNS must not rest a relay that others share.
AN_ADDRESS_FOR_NOW = "4.1."

_PLAIN = re.compile(r"[245]\.\d\.\d ")
_ENHANCED = re.compile(r"(?:\A|\(?#)([245]\.\d{1,3}\.\d{1,3})(?=[\s:;)]|\Z)")

# The forms in which servers name their queue file or message in the 250, in the order in which they are tried.
_QUEUE_IDS = tuple(
    re.compile(pattern, re.IGNORECASE | re.MULTILINE)
    for pattern in (
        r"queued as <?([^\s>;,)]+)",  # Postfix, SendGrid, Mailpit
        r"\bInternalId=(\d+)",  # Exchange, Office 365
        r"\bids?=<?([^\s>;,)]+)",  # Exim, KumoMTA
        r"message queued \(([^)\s]+)\)",  # Haraka
        r"([a-z0-9.-]{6,}) message accepted for delivery",  # Sendmail, OpenSMTPD, Proofpoint
        r"\bOK\s+\d{9,}\s+(\S+) - gsmtp",  # Gmail
        r"\bok \d{9,} qp (\d+)",  # qmail
        r"\Aok ([0-9a-f]{12,}-[0-9a-f-]{12,})",  # Amazon SES
        r"\bqueued[.:]? <([^>\s]+)>",  # Mailgun's message id
        r"\A(?:2\.\d\.\d )?OK ([0-9a-f]{2}/[0-9a-z/-]{8,})",  # SparkPost
    )
)


_QUEUED_AS = re.compile(r"queued as <?([^\s>;,)]+)")


def parse_enhanced(text: str, code: int | None = None) -> str:
    """The enhanced status code of a reply's text, or "".

    It begins the text (RFC 2034 section 4); qmail and IronPort write it as `#5.1.1`, elsewhere too. Where `code` is
    given, a class that contradicts it counts for nothing, because the basic code decides.
    """
    if _PLAIN.match(text) and (code is None or text[0] == str(code)[0]):
        return text[:5]
    found = _ENHANCED.search(text)
    if found is None or (code is not None and found[1][0] != str(code)[0]):
        return ""
    return found[1]


def queue_id(text: str) -> str:
    """The id by which the server will know the mail in its logs, or "" where its 250 names none."""
    if (at := text.rfind("queued as ")) >= 0 and (plain := _QUEUED_AS.match(text, at)):
        return plain[1][:100]
    for pattern in _QUEUE_IDS:
        found = pattern.findall(text)
        if found:
            return str(found[-1])[:100]  # a filter in front (amavis) quotes the next server's reply last
    return ""


def suppresses(enhanced: str) -> bool:
    """Whether a bounce with this code proves that the address will never work."""
    return enhanced in DEAD_ADDRESS


def accepted(code: int, stage: Stage) -> bool:
    """Whether the server goes along: 354 to DATA, any 2xx to the rest."""
    return code == 354 if stage is Stage.DATA else code // 100 == 2


def classify(code: int, enhanced: str, stage: Stage) -> Ruling:
    """What a reply other than a go-ahead means at `stage`; after the content (DOT, CHUNK) the 2xx too.

    421 closes and backs off wherever it comes; at the dot it is a definite "not taken" (RFC 5321 section 3.8).
    MAIL refused for good is about our sender. For now it is about the transport, unless the code speaks of an address:
    then these mails are tried later, and other senders' mails go on. Anything that is no answer to the question (1xx,
    3xx, a 2xx to DATA) leaves the mail unsent before its content left, in doubt after it. A BDAT that is unknown or out
    of place, for a recipient that was accepted, is the session's fault: nothing was taken.
    """
    at_dot = stage is Stage.DOT or stage is Stage.CHUNK
    if code == 421:
        return Ruling(Verdict.DEFERRED if at_dot else Verdict.NOT_SENT, Scope.TRANSPORT, True)
    if at_dot and code // 100 == 2:
        return Ruling(Verdict.SENT, Scope.RECIPIENT, False)
    if code // 100 not in {4, 5}:
        return Ruling(Verdict.IN_DOUBT if at_dot else Verdict.NOT_SENT, Scope.TRANSPORT, True)
    if code in NOT_ABOUT_THE_MAIL and stage is not Stage.DOT:
        return Ruling(Verdict.NOT_SENT, Scope.TRANSPORT, True)
    if stage is Stage.MAIL:
        return _of_sender(code, enhanced)
    return Ruling(_of_recipient(code, enhanced, stage), Scope.RECIPIENT, False)


def _of_sender(code: int, enhanced: str) -> Ruling:
    if code == 450 or enhanced.startswith(AN_ADDRESS_FOR_NOW):
        return Ruling(Verdict.DEFERRED, Scope.RECIPIENT, False)
    return Ruling(Verdict.NOT_SENT, Scope.SENDER if code >= 500 else Scope.TRANSPORT, True)


def _of_recipient(code: int, enhanced: str, stage: Stage) -> Verdict:
    # RFC 5321 section 4.5.3.1.10: a 552 to RCPT may mean "too many recipients" and is then to be read as 452;
    # an enhanced code of class 5 says that it is meant for good.
    if code == 552 and stage is Stage.RCPT and not enhanced:
        return Verdict.DEFERRED
    return Verdict.BOUNCED if code >= 500 else Verdict.DEFERRED
