"""The words of a query as they are read: the one here, the next, and faults that point at them."""

from __future__ import annotations

from engine.campaigns.audience.syntax import Span
from engine.campaigns.audience.tokens import Kind, Token
from engine.errors import Fault


class Words:
    """A place in a row of words; it only goes on."""

    def __init__(self, words: tuple[Token, ...]) -> None:
        self._words = words
        self._no = 0

    @property
    def here(self) -> Token:
        """The word to be read next."""
        return self._words[self._no]

    def is_over(self) -> bool:
        """Whether all words are read."""
        return self._words[self._no].kind is Kind.END

    def ahead(self, by: int = 1) -> Token:
        """A word further on; the last one where there are no more."""
        return self._words[min(self._no + by, len(self._words) - 1)]

    def next(self) -> Token:
        """The word here, which is read by that."""
        word = self.here
        if word.kind is not Kind.END:
            self._no += 1
        return word

    def says(self, *texts: str) -> bool:
        """Whether the words from here on are these, none of them in quotes."""
        return all(
            self.ahead(by).text == text and self.ahead(by).kind in (Kind.WORD, Kind.SIGN)
            for by, text in enumerate(texts)
        )

    def take(self, *texts: str) -> bool:
        """Read these words if they are what comes next."""
        if not self.says(*texts):
            return False
        self._no += len(texts)
        return True

    def expect(self, text: str, otherwise: str, at: Token | None = None) -> None:
        """Read this word. Raises Fault with `otherwise`, here or at `at`."""
        if not self.take(text):
            raise self.fault(otherwise, at)

    def one_of(self, choices: dict[str, str] | tuple[str, ...], otherwise: str) -> str:
        """Read one of these words."""
        if self.here.kind is not Kind.WORD or self.here.text not in choices:
            raise self.fault(otherwise)
        return self.next().text

    def string(self, otherwise: str) -> str:
        """Read a text in quotes."""
        if self.here.kind is not Kind.STRING:
            raise self.fault(otherwise)
        return self.next().text

    def number(self, least: int, most: int, otherwise: str) -> int:
        """Read a whole number between two."""
        word = self.here
        if word.kind is not Kind.NUMBER or not word.text.isdecimal() or not least <= int(word.text) <= most:
            raise self.fault(otherwise)
        return int(self.next().text)

    def since(self, start: int) -> Span:
        """From `start` to the end of the word read last."""
        return Span(start, self._words[self._no - 1].end)

    def fault(self, words: str, at: Token | None = None) -> Fault:
        """A fault at the word here; at the end of the text, behind its last word."""
        word = at or self.here
        if word.kind is Kind.END and self._no:
            return Fault(words, self._words[self._no - 1].end, word.end)
        return Fault(words, word.start, word.end)
