"""What somebody typed into the search of entries, as a full-text query. Pure; no input is an error.

Words must all be there; the last one may be only the beginning of one. "Quoted words" stand together, `or` lets one of
two do, and a minus leaves out. PostgreSQL lowers ASCII letters alone where the database has no locale, as the embedded
one has none, so that other letters are asked for in their usual cases. Scripts without spaces between words are looked
for letter by letter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from engine.models.checkins import APART

LONGEST = 200
_TERM = re.compile(r'(?P<not>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_PLAIN = str.maketrans({"\0": " "} | dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'))
_GAPS = str.maketrans(APART, " " * len(APART))
_WORD = re.compile(r"\w+")
# Thai, Lao, Burmese, Khmer, Japanese, Chinese: no spaces between words.
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"
)


@dataclass(frozen=True, slots=True)
class Term:
    """One thing looked for: a word, or words that stand together. `opens`: the word may go on."""

    text: str
    left_out: bool = False
    opens: bool = False
    either: bool = False  # this one or the one before


@dataclass(frozen=True)
class Query:
    """What was typed, read. `typed` is that, cleaned; empty when nothing was."""

    typed: str
    terms: tuple[Term, ...]

    @property
    def finds_nothing(self) -> bool:
        """Something was typed, and there is no word in it."""
        return bool(self.typed) and not self.terms

    @cached_property
    def tsquery(self) -> str:
        """What to_tsquery takes; empty where no word is to be found by the index."""
        groups: list[list[str]] = []
        for term in self.terms:
            if term not in self.pieces:
                if not (groups and term.either):
                    groups.append([])
                groups[-1].append(_operand(term))
        return " & ".join(f"({' | '.join(group)})" for group in groups)

    @cached_property
    def pieces(self) -> tuple[Term, ...]:
        """What is looked for inside of words: scripts without spaces."""
        return tuple(term for term in self.terms if _UNSPACED.search(term.text))

    def marked(self, text: str) -> list[tuple[str, bool]]:
        """The text in pieces, each with whether it is one of what was looked for."""
        if self._found is None:
            return [(text, False)]
        parts, at = [], 0
        for found in self._found.finditer(text):
            if found.end() > found.start():
                parts += [(text[at : found.start()], False), (found[0], True)]
                at = found.end()
        return [part for part in [*parts, (text[at:], False)] if part[0]]

    @cached_property
    def _found(self) -> re.Pattern[str] | None:
        looked_for = [term for term in self.terms if not term.left_out]
        inside = [re.escape(term.text) for term in looked_for if term in self.pieces]
        words = [
            rf"(?<!\w){re.escape(word)}" + (r"\w*" if term.opens and word == _words(term)[-1] else r"(?!\w)")
            for term in looked_for
            if term not in self.pieces
            for word in _words(term)
        ]
        return re.compile("|".join(inside + words), re.IGNORECASE) if inside or words else None


def read(typed: str) -> Query:
    """The query of what was typed, of which LONGEST characters count."""
    typed = " ".join(typed.translate(_PLAIN).split())[:LONGEST].strip()
    terms: list[Term] = []
    either = False
    matches = list(_TERM.finditer(typed))
    for number, found in enumerate(matches):
        phrase, left_out = found["phrase"], bool(found["not"])
        text = (found["word"] if phrase is None else phrase).strip()
        if phrase is None and text.casefold() == "or" and terms and number + 1 < len(matches):
            either = True
            continue
        opens = phrase is None and not left_out and number + 1 == len(matches)
        if _words_in(text):
            terms.append(Term(text, left_out, opens, either))
        either = False
    return Query(typed, tuple(terms))


def _words_in(text: str) -> list[str]:
    return [word for word in _WORD.findall(text) if any(letter.isalnum() for letter in word)]


def _words(term: Term) -> list[str]:
    return _words_in(term.text)


def _operand(term: Term) -> str:
    """The term in its usual cases, quoted, so that nothing in it is an operator of the query."""
    text = term.text
    cases = [text] if text.isascii() else dict.fromkeys((text, text.lower(), text.capitalize(), text.upper()))
    said = " | ".join(_quoted(case) + (":*" if term.opens else "") for case in cases)
    return f"{'!' if term.left_out else ''}({said})"


def _quoted(text: str) -> str:
    text = text.translate(_GAPS)
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"


__all__ = ["LONGEST", "Query", "Term", "read"]
