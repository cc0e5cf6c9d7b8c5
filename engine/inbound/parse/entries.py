"""A reply as entries: what somebody did, does next or waits for, one thing each.

Bullets, numbers, check marks, blank lines and genuinely short lines part entries. A paragraph that a mail program
wrapped at its margin stays one entry: a line is taken for wrapped where the next line's first word would not have
fitted on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from engine.inbound.parse import limits

EntryKind = Literal["note", "done", "doing", "blocked"]


@dataclass(frozen=True)
class Entry:
    """One thing somebody said. `tags` and `mentions` without their # and @, lower case; `question`: 1-based number."""

    text: str
    kind: EntryKind = "note"
    tags: tuple[str, ...] = ()
    mentions: tuple[str, ...] = ()
    question: int | None = None


_BULLET = re.compile(r"^(?P<indent>\s*)(?:[-*•·–—‣◦▪●○+»]|--|->|=>)\s+(?=\S)")
_NUMBER = re.compile(r"^(?P<indent>\s*)\(?(?P<number>\d{1,2})[.)]\s+(?=\S)")
_CHECK = re.compile(
    r"^\s*(?:[-*•]\s+)?(?:\[(?P<box>[ xX✓✔~!-])\]|(?P<done>[✅✓✔☑])|"
    r"(?P<open>[☐⬜◻🔲⏳🔄🚧🏗])|(?P<bad>[❌✗✘🚫⛔🛑⚠]))\ufe0f?\s*"
)
_HEADING = re.compile(
    r"^\W{0,4}(?:(?P<done>(?:what i )?(?:done|did|finished|completed|shipped|accomplished|achieved|closed|yesterday|"
    r"done today|done yesterday|today i did|erledigt|gemacht|fertig|fait|terminé|hecho|fatto|feito|gedaan|klart|gjort|"
    r"zrobione|сделано|зроблено|完成|完了))|"
    r"(?P<doing>(?:what i'?m )?(?:doing|in progress|wip|ongoing|working on|next|up next|next up|todo|to do|to-do|today|"
    r"tomorrow|plan|plans|planned|will do|in arbeit|als nächstes|morgen|heute|en cours|demain|en curso|haciendo|"
    r"in corso|fazendo|bezig|pågår|nästa|w trakcie|в работе|делаю|进行中|作業中))|"
    r"(?P<blocked>blocked|blocker|blockers|blocked by|blocked on|stuck|impediment|impediments|obstacles|issues|"
    r"waiting|waiting for|waiting on|blockiert|hindernisse|bloqué|bloquant|bloqueado|bloqueos|bloccato|geblokkeerd|"
    r"blockerad|zablokowane|заблокировано|блокеры|阻塞)|"
    r"(?P<note>notes?|other|misc|fyi|random|sonstiges|notizen))\W{0,4}$",
    re.IGNORECASE,
)  # fmt: skip
_LEAD = re.compile(
    r"^[*_]{0,2}(?P<word>done|did|finished|doing|in progress|wip|next|todo|to do|today|tomorrow|yesterday|plan|"
    r"blocked|blockers?|stuck|waiting)[*_]{0,2}\s?[:–—][*_]{0,2}\s*(?=\S)",
    re.IGNORECASE,
)
_TAG = re.compile(r"(?<![\w#&/])#([^\W\d_][\w-]{0,49})")
_MENTION = re.compile(r"(?<![\w@./])@([^\W_][\w.-]{0,49}\w|[^\W_])(?![\w@])")
_QUESTION = re.compile(r"^\s*(?:q|question|answer|a|frage|antwort)\s?(?P<number>\d{1,2})\s?[:.)-]\s*", re.IGNORECASE)
_RULE = re.compile(r"^\s*[-_=*~#]{3,}\s*$")
_QUOTED = re.compile(r"^\s{0,3}>")
_SHORT, _MARGIN = 40, 60


def entries(reply_text: str, questions: int = 1) -> tuple[Entry, ...]:
    """The entries of a reply in order, at most limits.ENTRIES; quoted lines are context and make none.

    `questions`: how many questions the mail asked; with more than one, a reply that numbers its answers (1. 2. or
    Q1:) or answers under quoted questions gives each entry its question.
    """
    state = _State(questions)
    lines = _lines(reply_text)
    for index, line in enumerate(lines):
        state.take(line, next((item for item in lines[index + 1 : index + 3] if item.strip()), ""))
        if len(state.out) >= limits.ENTRIES:
            break
    state.close()
    return tuple(state.out[: limits.ENTRIES])


def one(text: str, kind: EntryKind = "note", question: int | None = None) -> Entry | None:
    """The text as one entry, on one line, None where nothing is said; "Blocked:" before it says its kind."""
    text = " ".join(text.split())
    lead = _LEAD.match(text)
    if lead is not None:
        kind = _LEADS[lead.group("word").lower()]
        text = text[lead.end() :]
    if not any(c.isalnum() or ord(c) > 0x2190 for c in text):
        return None
    tags = tuple(dict.fromkeys(tag.lower() for tag in _TAG.findall(text)))
    mentions = tuple(dict.fromkeys(name.lower().rstrip(".") for name in _MENTION.findall(text)))
    return Entry(text, kind, tags, mentions, question)


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n", limits.LINES)[: limits.LINES]]


class _State:
    """The paragraph being read, and under which heading and question."""

    def __init__(self, questions: int) -> None:
        self.questions = questions
        self.out: list[Entry] = []
        self.lines: list[str] = []
        self.kind: EntryKind = "note"
        self.own: EntryKind | None = None
        self.question: int | None = None
        self.listed = False
        self.indent = 0
        self.quoted = False

    def take(self, line: str, following: str = "") -> None:
        """Reads one line; `following` is the next filled one, which tells a heading from an entry."""
        if _QUOTED.match(line):
            self._quote()
            return
        self.quoted = False
        if not line.strip() or _RULE.match(line):
            self.close()
            return
        heading = _HEADING.match(line) if len(line) < _SHORT else None
        if heading is not None and _is_heading(line, following):
            self.close()
            self.kind = _kind(heading)
        elif not self._marked(line):
            self._plain(line)

    def _quote(self) -> None:
        self.close()
        if not self.quoted and self.questions > 1:
            self.question = min((self.question or 0) + 1, self.questions)
        self.quoted = True

    def _marked(self, line: str) -> bool:
        """Starts an entry at a bullet, number, check mark or question mark; False where the line has none."""
        question = _QUESTION.match(line) if self.questions > 1 else None
        number = _NUMBER.match(line)
        check, bullet = _CHECK.match(line), _BULLET.match(line)
        found = question or check or bullet or number
        if found is None:
            return False
        if number is None or not self._wrapped_number(line):
            self.close()
            self.listed = True
            self.indent = len(line) - len(line.lstrip())
            if question is not None:
                self.question = min(int(question.group("number")), self.questions) or None
            elif number is not None and self.questions > 1 and int(number.group("number")) <= self.questions:
                self.question = int(number.group("number"))
            self.own = _checked(check) if check is not None else None
            rest = line[found.end() :]
            second = _CHECK.match(rest) if check is None else None
            if second is not None:
                self.own, rest = _checked(second), rest[second.end() :]
            self.lines = [rest] if rest.strip() else []
            return True
        self.lines.append(line)
        return True

    def _wrapped_number(self, line: str) -> bool:
        """ "…version\\n3. was out": a number that begins a wrapped line of a paragraph is no list."""
        return bool(self.lines) and not self.listed and _is_wrapped(self.lines[-1], line)

    def _plain(self, line: str) -> None:
        if self.lines and not self._goes_on(line):
            self.close()
        self.lines.append(line)

    def _goes_on(self, line: str) -> bool:
        if self.listed and len(line) - len(line.lstrip()) > self.indent:
            return True  # the hanging indent of a list item
        return _is_wrapped(self.lines[-1], line)

    def close(self) -> None:
        found = one(" ".join(self.lines), self.own or self.kind, self.question)
        if found is not None:
            self.out.append(found)
        self.lines, self.own, self.listed = [], None, False


def _is_heading(line: str, following: str) -> bool:
    """A word alone is a heading only with a mark or a list below it; "Done" as a whole reply is an entry."""
    marked = line.rstrip()[-1] in ":：*_" or line.lstrip()[:1] in "#*_"
    return marked or bool(_BULLET.match(following) or _NUMBER.match(following) or _CHECK.match(following))


def _is_wrapped(before: str, line: str) -> bool:
    """True where `line` goes on the sentence of `before`: its first word would have crossed a usual margin."""
    first = line.split(None, 1)[0]
    length = len(before.rstrip()) + 1 + len(first)
    if length > 78 or (length > 66 and before.rstrip()[-1] not in ".!?:;"):
        return True
    return len(before) >= _MARGIN and (first[0].islower() or before.rstrip()[-1] in ",–—-(")


def _kind(match: re.Match[str]) -> EntryKind:
    if match.group("done"):
        return "done"
    if match.group("doing"):
        return "doing"
    return "blocked" if match.group("blocked") else "note"


def _checked(match: re.Match[str]) -> EntryKind | None:
    box = match.group("box")
    if match.group("done") or (box is not None and box in "xX✓✔"):
        return "done"
    if match.group("bad") or box == "!":
        return "blocked"
    return "doing"


_LEADS: dict[str, EntryKind] = {
    "done": "done", "did": "done", "finished": "done", "yesterday": "done", "doing": "doing", "in progress": "doing",
    "wip": "doing", "next": "doing", "todo": "doing", "to do": "doing", "today": "doing", "tomorrow": "doing",
    "plan": "doing", "blocked": "blocked", "blocker": "blocked", "blockers": "blocked", "stuck": "blocked",
    "waiting": "blocked",
}  # fmt: skip
