"""Tells "you are too fast" from other refusals for now, by the words of servers and providers. Pure.

Such a refusal is about us and not about the recipient, so it burns no attempt. Sources: Amazon SES "Errors related to
sending quotas" (454 Throttling failure), Google "SMTP errors and codes" (421 4.7.28 unusual rate, 450 4.2.1 peak SMTP
relay limit; the wording of its daily limits, 550 5.4.5 and 5.7.1, is as others report it), Microsoft (451 4.7.5xx
server busy, 451 4.7.650 rate limited, 432 4.3.2 thread limit), Yahoo (421 4.7.0 [TSS04] deferred for volume), Postfix
anvil (too many connections, too much mail).
"""

from __future__ import annotations

import re

from engine.transports.smtp.replies import parse_enhanced

CODES = frozenset({"421", "432", "450", "451", "452", "454"})
# 4.2.x is about one mailbox: Google says 450 4.2.1 of a person who gets mail too fast.
ONE_MAILBOX = "4.2."

_WORDS = re.compile(
    r"throttl|rate[ -]?limit|\b(?:sending|connection|message|unusual|exceeded the) rate\b|daily (?:message )?quota"
    r"|\btoo many (?:\w+ )?(?:connections|sessions|messages|mails|e-?mails)\b|too much mail|slow down|sending too fast"
    r"|\b(?:connections?|threads?|sending) limits? |limit exceeded|exceeded a limit|\[TSS?0\d\]|unexpected volume"
    r"|server busy",
    re.IGNORECASE,
)
# Of the account that we log in with; for good by their code, though they end with the day.
_OUR_OWN = re.compile(
    r"\bsmtp relay (?:sending )?limit exceeded|\bdaily (?:user )?sending (?:limit|quota) exceeded", re.I
)
OF_OUR_OWN = frozenset({"450", "550"})
_GREYLIST = re.compile(r"gr[ea]y[ -]?list", re.IGNORECASE)


def throttled(code: str, text: str) -> bool:
    """Whether a reply of `code` with this text asks us to send less."""
    if code in OF_OUR_OWN and _OUR_OWN.search(text):
        return True
    if code not in CODES or _GREYLIST.search(text) or parse_enhanced(text, int(code)).startswith(ONE_MAILBOX):
        return False
    return _WORDS.search(text) is not None
