"""What we write above a mail that a provider hands over, as a mail server would: its envelope and its findings.

The mail below stays as it came, but for one thing: a field that gives itself out for a finding of our own edge is
renamed (RFC 8601 section 5).
"""

from __future__ import annotations

import re

from engine.inbound.retrieve.hooks.letter import Letter

_BEFORE = re.compile(rb"[\r\n]*(?:>?From [^\r\n]*\r?\n)?")  # empty lines, and a mailbox file's: no field stands above
_END = re.compile(rb"\r?\n\r?\n")
_RESULTS = re.compile(rb"^authentication-results[ \t]*:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(rb"\([^()]*\)")
_UNSAFE = re.compile(r"[\x00-\x20<>\x7f\ud800-\udfff]")
_PLAIN = re.compile(rb"(?:[\t -~]|\r?\n)*")
LONG = 4096  # bytes; of a longer field the parser may leave lines out


def stamped(letter: Letter, authserv_id: str | None) -> bytes:
    """The mail with Return-Path where the sender is known, and with Authentication-Results of `authserv_id`, if any."""
    top = []
    if letter.sender is not None:
        top.append(f"Return-Path: <{_UNSAFE.sub('', letter.sender)}>")
    if authserv_id and letter.verdicts:
        found = "; ".join(f"{method}={result}" for method, result in letter.verdicts)
        top.append(f"Authentication-Results: {_UNSAFE.sub('', authserv_id)}; {found}")
    mail = _disclaimed(letter.mail, authserv_id) if authserv_id else letter.mail
    newline = "\r\n" if b"\r\n" in mail[:1000] else "\n"
    above = "".join(line + newline for line in top).encode("utf-8", "replace")
    at = _BEFORE.match(mail).end()  # type: ignore[union-attr]  # it may match nothing
    return b"".join((mail[:at], above, mail[at:])) if above else mail


def _disclaimed(mail: bytes, authserv_id: str) -> bytes:
    end = _END.search(mail, _BEFORE.match(mail).end())  # type: ignore[union-attr]
    head = mail[: end.start()] if end else mail
    known = _RESULTS.sub(lambda found: found[0] if _foreign(found[1], authserv_id) else b"X-Claimed-" + found[0], head)
    return mail if known == head else known + mail[len(head) :]


def _foreign(value: bytes, authserv_id: str) -> bool:
    """Whether a field speaks in another's name beyond doubt. One that is written so that the parser, which forgives
    more than a standard does (NUL, a bare CR, letters that fold to ASCII), might read our name in it, does not."""
    words = _COMMENT.sub(b" ", value).partition(b";")[0].split()
    plain = len(value) <= LONG and _PLAIN.fullmatch(value.rstrip(b"\r"))
    return bool(plain and words) and words[0].lower() != authserv_id.casefold().encode("utf-8", "replace")
