"""Which question of a mail an entry answers: by number, by the quoted or repeated question above it, by paragraphs."""

from __future__ import annotations

import re
from collections.abc import Sequence

_NUMBERED = re.compile(r"^[\s>]*(?:q|question|frage)?\s?(?P<number>\d{1,2})\s?[.):]", re.IGNORECASE)
_ASKS = re.compile(r"[?？؟]\W*$")
_REPEATED = re.compile(r"^\W{0,6}(?:\d{1,2}[.):]\s*)?[^?？؟]{5,200}[?？؟][\s*_:]*(?P<rest>.*)$")


class Questions:
    """The question in force while a reply is read, None where nothing tells it; `count`: how many were asked."""

    def __init__(self, count: int, lines: Sequence[str]) -> None:
        self.count = count
        self.current: int | None = None
        self._seen = 0
        self._quoted: list[str] = []
        self._repeats = count > 1 and _repeats(lines, count)
        self._asked_in_quotes = any(_ASKS.search(line) for line in lines if line.lstrip().startswith(">"))

    def quote(self, line: str) -> None:
        """A quoted line: it may ask what the next own lines answer."""
        self._quoted.append(line)

    def unquote(self) -> None:
        """The quotation is over. One question in it is the one in force; several leave it open."""
        lines, self._quoted = self._quoted, []
        if not lines or self.count < 2:
            return
        asking = [line for line in lines if _ASKS.search(line)]
        if self._asked_in_quotes and not asking:
            return
        numbered = _NUMBERED.match(asking[-1] if asking else lines[-1])
        if len(asking) > 1:
            self._seen, self.current = self._seen + len(asking), None
        elif numbered is not None and 1 <= int(numbered.group("number")) <= self.count:
            self._seen = self.current = int(numbered.group("number"))
        else:
            self._seen += 1
            self.current = min(self._seen, self.count)

    def number(self, match: re.Match[str] | None) -> None:
        """A number before an answer, where it can be a question's."""
        if match is None or self.count < 2:
            return
        found = match.groupdict()
        number = int(found["number"]) if found.get("number") else ord(found.get("letter") or "`") - ord("`")
        if 1 <= number <= self.count:
            self.current = number

    def repeats(self, line: str) -> bool:
        """True where the writer repeated the next question above or before the answer."""
        return self._repeats and self._seen < self.count and _REPEATED.match(line) is not None

    def repeated(self, line: str) -> str:
        """What follows the repeated question on its line; that question is in force from here."""
        found = _REPEATED.match(line)
        self._seen += 1
        self.current = self._seen
        return found.group("rest") if found is not None else line

    def by_paragraph(self, blocks: Sequence[int], known: Sequence[int | None]) -> list[int | None]:
        """The questions of all entries: paragraphs in order where there are as many as questions and nothing else."""
        order = sorted(set(blocks))
        if self.count < 2 or any(known) or len(order) != self.count:
            return list(known)
        return [order.index(block) + 1 for block in blocks]


def _repeats(lines: Sequence[str], count: int) -> bool:
    """The reply repeats the questions: it begins with one and has exactly as many, each with words after it."""
    own = [line for line in lines if line.strip() and not line.lstrip().startswith(">")]
    asking = [index for index, line in enumerate(own) if _REPEATED.match(line)]
    if len(asking) != count or asking[0] != 0:
        return False
    bare = {index for index in asking if _ASKS.search(own[index])}
    return all(index + 1 < len(own) and index + 1 not in asking for index in bare)
