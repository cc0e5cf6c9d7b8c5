"""A reply as entries: what somebody did, does next or waits for, one thing each.

Bullets, numbers, check marks, blank lines and genuinely short lines part entries. A paragraph that a mail program
wrapped at its margin stays one entry: a line is taken for wrapped where the next line's first word would not have
fitted on it. No word of the writer vanishes: what sets a kind or a question does so only where something follows it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from engine.inbound.parse import limits, marks
from engine.inbound.parse.intro import intro_at
from engine.inbound.parse.lines import compares, quoted_after
from engine.inbound.parse.marks import BULLET, CHECK, NUMBER, PLAIN_NUMBER, QUESTION, RULE, TIGHT_BULLET, EntryKind
from engine.inbound.parse.questions import Questions

__all__ = ["Entry", "EntryKind", "entries", "one"]


@dataclass(frozen=True)
class Entry:
    """One thing somebody said. `tags` and `mentions` without their # and @, lower case; `question`: 1-based number."""

    text: str
    kind: EntryKind = "note"
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    question: int | None = None


_TAG = re.compile(r"(?<![\w#&/])#([^\W\d_][\w-]{0,49})")
_MENTION = re.compile(r"(?<![\w@./])@([^\W_][\w.-]{0,49}\w|[^\W_])(?![\w@])")
_QUOTED = re.compile(r"^\s{0,3}>")
_POINTS = re.compile(r"\s[•▪●]\s")
_MARGIN = 60


def entries(reply_text: str, questions: int = 1) -> tuple[Entry, ...]:
    """The entries of a reply in order, at most limits.ENTRIES; quoted lines are context and make none.

    `questions`: how many questions the mail asked; with more than one, an entry gets its question where the reply
    numbers its answers (1. 2. or Q1:), answers under quoted or repeated questions, or has as many paragraphs.
    """
    lines = [line.rstrip() for line in reply_text.split("\n", limits.LINES)[: limits.LINES]]
    state = _State(questions, lines)
    skip = 0
    for index, line in enumerate(lines):
        if index < skip:
            continue
        end = intro_at(lines, index) if line.strip() and not _QUOTED.match(line) else None
        if end is not None and quoted_after(lines, end):
            skip = end  # "On … Ada wrote:" above her words
            continue
        if compares(lines, index):
            state.say(line)
            continue
        state.take(line, next((item for item in lines[index + 1 : index + 3] if item.strip()), ""))
        if len(state.out) >= limits.ENTRIES:
            break
    return state.finished()[: limits.ENTRIES]


def one(text: str, kind: EntryKind = "note", question: int | None = None) -> Entry | None:
    """The text as one entry, on one line, None where nothing is said; "Blocked:" before it says its kind."""
    leading, text = marks.lead(" ".join(text.split()))
    if not any(c.isalnum() or ord(c) > 0x2190 for c in text):
        return None
    tags = tuple(dict.fromkeys(tag.lower() for tag in _TAG.findall(text)))
    mentions = tuple(dict.fromkeys(name.lower().rstrip(".") for name in _MENTION.findall(text)))
    return Entry(text, leading or kind, tags, mentions, question)


class _State:
    """The paragraph being read, and under which heading and question."""

    def __init__(self, count: int, lines: list[str]) -> None:
        self.asked = Questions(count, lines)
        self.tight = _tight_bullets(lines)
        self.numbered = count > 1 or _numbered(lines)
        self.out: list[Entry] = []
        self.blocks: list[int] = []
        self.block = 0
        self.lines: list[str] = []
        self.kind: EntryKind = "note"
        self.own: EntryKind | None = None
        self.listed = False
        self.indent = 0
        self.title = ""
        self.greeting = ""

    def take(self, line: str, following: str = "") -> None:
        """Reads one line; `following` is the next filled one, which tells a heading from an entry."""
        if _QUOTED.match(line):
            self.close()
            self.asked.quote(line)
            return
        self.asked.unquote()
        if not line.strip() or RULE.match(line):
            self.close()
            self.block += 1
            return
        kind = marks.heading(line, following)
        if kind is not None:
            self._head(line, kind)
        elif not self.out and not self.lines and not self.greeting and marks.greets(line):
            self.greeting = line.strip()
        else:
            self.say(line)

    def _head(self, line: str, kind: EntryKind) -> None:
        self.close()
        self._untitle()
        self.block += 1
        self.title, self.kind = line, kind

    def _untitle(self) -> None:
        """A heading with nothing below it was somebody's words."""
        if self.title:
            self._add(one(self.title.strip(" *_#"), "note", self.asked.current))
        self.title = ""

    def say(self, line: str) -> None:
        if self.asked.repeats(line):
            self.close()
            line = self.asked.repeated(line)
        if line.strip() and not self._marked(line):
            self._plain(line)

    def _marked(self, line: str) -> bool:
        """Starts an entry at a bullet, number, check mark or question mark; False where the line has none."""
        several = self.asked.count > 1
        question = QUESTION.match(line) if several else None
        number = (NUMBER.match(line) if self.numbered else None) or (PLAIN_NUMBER.match(line) if several else None)
        check, bullet = CHECK.match(line), BULLET.match(line) or (TIGHT_BULLET.match(line) if self.tight else None)
        found = question or check or bullet or number
        if found is None:
            return False
        if found is number and self.lines and not self.listed and _is_wrapped(self.lines[-1], line):
            self.lines.append(line)  # "…version\n3. was out": a number that begins a wrapped line is no list
            return True
        self.close()
        self.listed = True
        self.indent = len(line) - len(line.lstrip())
        self.asked.number(question or number)
        self.own = marks.checked(check) if check is not None else None
        rest = line[found.end() :]
        second = CHECK.match(rest) if check is None else None
        if second is not None:
            self.own, rest = marks.checked(second), rest[second.end() :]
        *points, last = _POINTS.split(rest)
        for point in points:
            self.lines = [point]
            self.close()
        self.lines, self.listed = [last] if last.strip() else [], True
        return True

    def _plain(self, line: str) -> None:
        if self.lines and not self._goes_on(line):
            self.close()
        self.lines.append(line)

    def _goes_on(self, line: str) -> bool:
        if self.listed and len(line) - len(line.lstrip()) > self.indent:
            return True  # the hanging indent of a list item
        return _is_wrapped(self.lines[-1], line)

    def close(self) -> None:
        """Ends the entry that is being read."""
        self._add(one(" ".join(self.lines), self.own or self.kind, self.asked.current))
        self.lines, self.own, self.listed = [], None, False

    def _add(self, found: Entry | None) -> None:
        if found is None:
            return
        if self.greeting:
            found, self.greeting = replace(found, text=f"{self.greeting} {found.text}"), ""
        self.title = ""
        self.out.append(found)
        self.blocks.append(self.block)

    def finished(self) -> tuple[Entry, ...]:
        """All entries, with the questions that only the whole reply tells."""
        self.close()
        self._untitle()
        if self.greeting:
            alone, self.greeting = self.greeting, ""
            self._add(one(alone))
        numbers = self.asked.by_paragraph(self.blocks, [entry.question for entry in self.out])
        return tuple(replace(entry, question=number) for entry, number in zip(self.out, numbers, strict=True))


def _tight_bullets(lines: list[str]) -> bool:
    """Several lines begin with "-word": bullets by somebody in a hurry."""
    found = [match.group("mark") for line in lines if (match := TIGHT_BULLET.match(line))]
    return len(found) >= 2 and len(set(found)) == 1


def _numbered(lines: list[str]) -> bool:
    """A list has a first or a second number; "3. was the charm" has neither."""
    found = [match for line in lines if (match := NUMBER.match(line))]
    return len(found) > 1 or any((match.group("number") or match.group("letter")) in ("1", "a") for match in found)


def _is_wrapped(before: str, line: str) -> bool:
    """True where `line` goes on the sentence of `before`: its first word would have crossed a usual margin."""
    first = line.split(None, 1)[0]
    length = len(before.rstrip()) + 1 + len(first)
    if length > 78 or (length > 66 and before.rstrip()[-1] not in ".!?:;"):
        return True
    return len(before) >= _MARGIN and (first[0].islower() or before.rstrip()[-1] in ",–—-(")
