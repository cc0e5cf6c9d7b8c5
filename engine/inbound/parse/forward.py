"""Forwards: whose mail it was, what was in it, and what the person wrote above it."""

from __future__ import annotations

import re

from engine.inbound.parse import addresses, limits
from engine.inbound.parse.blocks import Block, divider, header_block
from engine.inbound.parse.html import CUT, SIGNATURE
from engine.inbound.parse.intro import intro_at
from engine.inbound.parse.lines import bare
from engine.inbound.parse.mail import Address, Forward
from engine.inbound.parse.patterns import ADDRESS, FORWARD_SUBJECT, GLUED_LABEL, LABEL_OF, REPLY_SUBJECT, WROTE


def read(text: str, subject: str) -> Forward | None:
    """The forward in a text, or None. The first mark decides: a quoted original above a forward makes a reply."""
    lines = [line for line in text.split("\n", limits.LINES) if SIGNATURE not in line]
    answers = bool(REPLY_SUBJECT.match(subject)) and not FORWARD_SUBJECT.match(subject)
    named = bool(FORWARD_SUBJECT.match(subject))
    for index, line in enumerate(lines):
        if not line.strip() or len(line) > 4 * limits.LINE_CHARS:
            continue
        if CUT in line:
            continue
        kind = divider(line)
        if kind == "forward" or (kind == "original" and not answers and _described(lines, index, named)):
            return _forward(lines, index, _block_after(lines, index), subject, line)
        if kind == "original":
            return None
        block = header_block(lines, index)
        if block is not None:
            return None if answers or not _complete(block) else _forward(lines, index, block, subject, "")
        end = intro_at(lines, index)
        if end is not None:
            return _from_intro(lines, index, end, subject) if named else None
    return None


def _described(lines: list[str], index: int, named: bool) -> bool:
    """True where what follows "Original Message" says whose it was."""
    return _block_after(lines, index) is not None or (named and _intro_after(lines, index) is not None)


def _complete(block: Block) -> bool:
    return "from" in block.values


def _block_after(lines: list[str], index: int) -> Block | None:
    for offset in range(1, 5):
        at = index + offset
        if at < len(lines) and bare(lines[at]):
            return header_block(lines, at, loose=True)
    return None


def _intro_after(lines: list[str], index: int) -> tuple[int, int] | None:
    """The lines of an intro ("03.03.2026, Bo <bo@x>:") right below a divider (Yandex, Proton)."""
    for at in range(index + 1, min(len(lines), index + 4)):
        if bare(lines[at]):
            end = intro_at(lines, at)
            return (at, end) if end is not None else None
    return None


def _forward(lines: list[str], index: int, block: Block | None, subject: str, line: str) -> Forward:
    if block is None and (told := _intro_after(lines, index)) is not None:
        inner = _from_intro(lines, *told, subject)
        return Forward(_comment(lines, index), inner.original_from, inner.original_subject, "", inner.body)
    values = dict(block.values) if block is not None else {}
    end = block.end if block is not None else index + 1
    if "from" not in values:
        values = {**_glued(line), **values}
    sender = addresses.first(_plain(values["from"])) if values.get("from") else None
    body = "\n".join(_unquoted(lines[end:])).strip("\n")
    when = values.get("date") or values.get("sent") or ""
    return Forward(_comment(lines, index), sender, values.get("subject") or _bare_subject(subject), when, body)


def _comment(lines: list[str], index: int) -> str:
    return "\n".join(line for line in lines[:index] if CUT not in line).strip()


def _plain(value: str) -> str:
    """Outlook's "Ada<mailto:a@x> <a@x<mailto:a@x>> on behalf of b@x" without its links and proxy."""
    value = re.sub(r"\s(?:on behalf of|im auftrag von|de la part de)\s.*$", "", value, flags=re.IGNORECASE)
    value = re.sub(
        r"<mailto:[^<>]{1,300}>|\[mailto:([^\[\]]{1,300})\]", lambda m: f" <{m.group(1)}>" if m.group(1) else "", value
    )
    found = ADDRESS.search(value)
    return f'"{value[: value.find("<")].strip(chr(34))}" <{found.group()}>' if found and "<" in value else value


def _glued(line: str) -> dict[str, str]:
    """The fields of a header block that was squeezed into one line (Yahoo)."""
    found = list(GLUED_LABEL.finditer(line[: limits.LINE_CHARS]))
    values: dict[str, str] = {}
    for index, match in enumerate(found):
        stop = found[index + 1].start() if index + 1 < len(found) else len(line)
        values.setdefault(LABEL_OF[" ".join(match.group(1).lower().split())], line[match.end() : stop].strip())
    return values


def _from_intro(lines: list[str], index: int, end: int, subject: str) -> Forward:
    intro = " ".join(bare(line) for line in lines[index:end])
    address = addresses.bare(intro)
    sender = Address(_name_before(intro, address), address) if address else None
    body = "\n".join(_unquoted(lines[end:])).strip("\n")
    return Forward(_comment(lines, index), sender, _bare_subject(subject), "", body)


_IN_QUOTES = re.compile(r"[\"“„«]\s*([^\"“”„«»<>]{1,200}?)\s*[\"”“»]\W{0,6}$")


def _name_before(intro: str, address: str) -> str:
    """The name in front of the address: what stands in quotation marks there, else what follows the date's digits,
    without the small words of the sentence ("heeft Bo Berg")."""
    head = intro[: intro.lower().find(address)]
    quoted = _IN_QUOTES.search(head)
    if quoted is not None:
        return quoted.group(1)
    words = re.sub(r"[<>()\[\]\"“”„«».,:/]", " ", re.split(r"\d", WROTE.sub(" ", head))[-1]).split()
    while len(words) > 1 and words[0].islower() and words[1][:1].isupper():
        words = words[1:]
    return " ".join(words)


def _bare_subject(subject: str) -> str:
    return re.sub(r"^\s*[^:]{1,8}:\s*", "", subject, count=1) if FORWARD_SUBJECT.match(subject) else ""


def _unquoted(lines: list[str]) -> list[str]:
    kept = [re.sub(r"^\s{0,4}> ?", "", line) for line in lines if CUT not in line]
    indented = all(line.startswith("    ") or not line.strip() for line in kept)  # as Outlook for Mac forwards
    return [line[4:] for line in kept] if indented else kept
