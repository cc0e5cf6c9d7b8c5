"""The failed recipients in the words of a report that carries no fields, as most systems before RFC 3464 wrote it.

None of the readers knows a system: an address counts by where it stands. Surest is one that begins a line near words
of trouble ("<bo@x>: user unknown"), then one with a label before it ("RCPT TO: bo@x"), then any near such words, and
at last the recipient of the returned mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.inbound.parse import addresses, limits, robot_words
from engine.inbound.parse.dsn import REPLY, STATUS, TEMPORARY
from engine.inbound.parse.headers import Headers, message_ids
from engine.inbound.parse.headers import split as split_headers
from engine.inbound.parse.mail import FailedRecipient
from engine.inbound.parse.patterns import ADDRESS, compiled

TROUBLE = re.compile(compiled(robot_words.TROUBLE).pattern + r"|\b[45][05]\d\b", re.IGNORECASE)
_STILL = compiled(robot_words.STILL_TRYING)
_GAVE_UP = compiled(robot_words.GAVE_UP)
_FIELD = re.compile(
    r"^\W{0,8}(?:message-id|from|sender|reply-to|return-path|references|in-reply-to|date|subject|cc|mail from|"
    r"reporting-mta|received|sent|original sender|x-[\w-]{1,60})\s*:|"
    r".{0,200}\b(?:contact|forward this|send (?:e-?)?mail to|postmaster for|for (?:further|more)|assistance|"
    r"questions?|help desk|support@|お問)",
    re.IGNORECASE,
)
_EDGE = re.compile(r"[\W_]*")
_COPY = re.compile(
    r"(?:(?:below|following) (?:this line )?is (?:a|the) copy|this is a copy of (?:the|your) message|"
    r"original message(?! was)|original mail as follows|(?:the )?header of the original message|"
    r"(?:a copy of )?(?:your|the original) message (?:reads|follows|text|below|header)|message text follows|"
    r"(?:original|returned|unsent|undelivered|bounced|beginning of|start of|message header|header)[\w :-]{0,40}"
    r"(?:message|mail|e-mail|headers?|follows|text|letter|content|below)|message header|return-path:|"
    r"received: (?:from|by)|(?:the )?first \d+ (?:lines|bytes) of)",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"^(?:from|to|subject|date|message-id|mime-version|content-type|user-agent|received|x-[\w-]+):", re.I
)
_BEGINS = re.compile(
    r"^[\s>*|\"'・-]{0,14}(?:[45]\d\d[ -])?(?:[45]\.\d{1,3}\.\d{1,3}\s)?(?:\S{1,30}\s)?[<\"'(]?"
    r"(?:mailto:|smtp[:=]|rfc822;)?"
    rf"(?P<address>{ADDRESS.pattern})",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"(?:rcpt to|recipients?(?: e-?mail)?(?: address(?:es)?)?|"
    r"(?:original|target|e-?mail|mail|destination)\s(?:mail )?address|"
    r"(?:not|be|been|unable|failed|failure|error)(?: \w+){0,3} (?:to|for)|address(?:ed to)?|(?:unknown|invalid) user|"
    r"user unknown|no such user|mailbox|for user|宛先|送信先|あて先|empfänger|destinataire|destinatario|получател[ья])"
    rf"\s{{0,4}}[:：=]?\s{{0,8}}[\"'<(]{{0,2}}(?P<address>{ADDRESS.pattern})",
    re.IGNORECASE,
)
_TO = re.compile(rf"^\W{{0,8}}to\s{{0,4}}:.{{0,200}}?(?P<address>{ADDRESS.pattern})", re.IGNORECASE)


def announces_copy(line: str) -> bool:
    """True for a line that says that the returned mail follows."""
    line = line[: limits.LINE_CHARS]
    edge = _EDGE.match(line)
    return _COPY.match(line, edge.end() if edge is not None else 0) is not None


def lines_of(text: str) -> list[str]:
    """The lines of the report without the returned mail below it, bounded."""
    out: list[str] = []
    lines = text.split("\n", 400)[:400]
    for index, line in enumerate(lines):
        if len(out) > 3 and (announces_copy(line) or _headers_begin(lines, index)):
            break
        out.append(line[: limits.LINE_CHARS])
    return out


def _headers_begin(lines: list[str], index: int) -> bool:
    """True where a run of header lines begins: the copy of a mail that nothing announces."""
    near = [line for line in lines[index : index + 6] if _HEADER.match(line)]
    return bool(_HEADER.match(lines[index])) and len({line.partition(":")[0].lower() for line in near}) >= 4


def copied(text: str) -> Headers | None:
    """The headers of the returned mail where it stands in the text below a line that announces it."""
    lines = text.split("\n", 400)[:400]
    for index, line in enumerate(lines):
        begins = announces_copy(line) or (index > 3 and _headers_begin(lines, index))
        at = index if _HEADER.match(line) else index + 1
        while begins and at < min(len(lines), index + 5) and not lines[at].strip():
            at += 1
        if begins and at < len(lines):
            found = split_headers("\n".join(lines[at : at + 60]).encode("utf-8", "replace"))[0]
            if found.has("to") or found.has("from") or found.has("message-id"):
                return found
    return None


def status_in(text: str) -> str:
    """The code in the words of the report: the enhanced one, else the class of the three-digit one as "5.0.0"."""
    head = "\n".join(lines_of(text))
    match = next((m for m in STATUS.finditer(head) if m.group(1)[0] in "45"), None)
    if match is not None:
        return match.group(1)
    reply = REPLY.search(head)
    return f"{reply.group(1)}.0.0" if reply else ""


def lasting(text: str, status: str) -> tuple[bool, bool]:
    """(still trying, lasting): status before words; without any word of passing trouble a failure lasts."""
    body = "\n".join(lines_of(text))
    still = bool(_STILL.search(body)) and not _GAVE_UP.search(body) and status[:1] != "5"
    return still, not still and (status[:1] == "5" or (not status and not TEMPORARY.search(body)))


def read(headers: Headers, text: str, original: Headers | None) -> list[FailedRecipient]:
    """The recipients that the words of a report name; empty where nothing speaks of trouble."""
    lines = lines_of(text)
    if not TROUBLE.search("\n".join([*lines, headers.get("subject")])):
        return []
    ours = own_addresses(headers, original)
    named = [a.address for a in addresses.parse(headers.raw("x-failed-recipients")) if a.address]
    found = named or _pointed_at(lines, ours) or _of_original(lines, original)
    status = status_in(text)
    still, lasts = lasting(text, status)
    action = "delayed" if still else "failed"
    return [FailedRecipient(address, action, status, "", lasts) for address in dict.fromkeys(found)]


def own_addresses(headers: Headers, original: Headers | None) -> set[str]:
    """Addresses that cannot have failed: who reports, to whom, and who sent the mail that came back."""
    names = ("from", "to", "reply-to", "return-path", "sender")
    ours = {a.address for name in names for a in addresses.parse(headers.raw(name))}
    if original is not None:
        ours |= {a.address for name in ("from", "return-path") for a in addresses.parse(original.raw(name))}
        ours |= set(message_ids(original.raw("message-id")))
    return ours - {""}


def _pointed_at(lines: list[str], ours: set[str]) -> list[str]:
    def near(index: int) -> bool:
        return bool(TROUBLE.search("\n".join(lines[max(0, index - 3) : index + 4])))

    readers: tuple[Callable[[str], list[str]], ...] = (_at_start, _after_label, _anywhere)
    for reader in readers:
        found: list[str] = []
        for index, line in enumerate(lines):
            usable = [a for a in ([] if _FIELD.match(line) else reader(line)) if _foreign(a, ours)]
            if usable and (reader is _after_label or near(index)):
                found += usable
            if len(found) > limits.ADDRESSES:
                break
        if found:
            return found
    return []


def _at_start(line: str) -> list[str]:
    match = _BEGINS.match(line)
    return [_trimmed(match.group("address"))] if match is not None else []


def _after_label(line: str) -> list[str]:
    return [_trimmed(match.group("address")) for match in _LABELLED.finditer(line)]


def _anywhere(line: str) -> list[str]:
    return [_trimmed(match.group()) for match in ADDRESS.finditer(line)]


def _trimmed(address: str) -> str:
    return address.strip(".'=").lower()


def _foreign(address: str, ours: set[str]) -> bool:
    local, _, domain = address.partition("@")
    return bool(local) and "." in domain and address not in ours and not local.startswith("mailer-daemon")


def _of_original(lines: list[str], original: Headers | None) -> list[str]:
    """The recipient as the report repeats it, else the one of the returned mail; a list's own address is nobody's."""
    told = [_trimmed(match.group("address")) for match in map(_TO.match, lines) if match is not None]
    if told or original is None:
        return told[:1]
    listed = any(
        original.has(name) for name in ("list-id", "list-post", "newsgroups", "x-beenthere", "list-unsubscribe")
    )
    return [] if listed else [a.address for a in addresses.parse(original.raw("to")) if a.address][:1]
