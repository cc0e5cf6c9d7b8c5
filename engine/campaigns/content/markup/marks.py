"""Marks that stand for tags while a text goes through Markdown, MJML, the sanitiser and the style sheet."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from engine.campaigns.content.language.splitting import Parted, Tag


class Marks:
    """The tags of one mail, each with a mark that nobody can have written: letters and digits, which nothing changes.

    Tags that print nothing become comments in HTML, which may stand where text may not: between the rows of a table.
    """

    def __init__(self) -> None:
        self.tags: list[Tag] = []
        nonce = secrets.token_hex(8)
        self._form = f"sp{nonce}{{sign}}{{number}}x"
        self._any = re.compile(rf"(?:<!--)?sp{nonce}[oc]([0-9]+)x(?:-->)?")
        self._silent = re.compile(rf"(?<!<!--)sp{nonce}c[0-9]+x")
        self._comment = re.compile(r"<!--(?!sp" + nonce + r"c[0-9]+x-->).*?-->", re.DOTALL)
        self._rows = re.compile(rf"((?:<!--sp{nonce}c[0-9]+x-->\s*)+)<tbody>")
        self.line = re.compile(rf"(?:[ \t]*sp{nonce}c[0-9]+x)+[ \t]*")  # nothing but tags that print nothing

    def woven(self, parted: Parted) -> str:
        """The text with marks for its tags, which are kept."""
        first = len(self.tags)
        self.tags += parted.tags
        marks = [self.mark(n) for n in range(first, len(self.tags))]
        return "".join(text + mark for text, mark in zip(parted.texts, [*marks, ""], strict=True))

    def own(self, tag: str) -> str:
        """The mark of a tag of ours that prints, `{{ links.t0 }}`."""
        self.tags.append(Tag(tag[2:-2], True, 0, 2))
        return self.mark(len(self.tags) - 1)

    def mark(self, number: int) -> str:
        """The mark of a tag."""
        return self._form.format(sign="o" if self.tags[number].prints else "c", number=number)

    def comments(self, text: str) -> str:
        """The marks of tags that print nothing as comments; those that are stay so."""
        return self._silent.sub(r"<!--\g<0>-->", text)

    def without_other_comments(self, html: str) -> str:
        """HTML without the comments of whoever wrote it."""
        return self._comment.sub("", html)

    def around_rows(self, html: str) -> str:
        """HTML in which a tag before the first row of a table is inside the tbody that the parser put around rows."""
        return self._rows.sub(r"<tbody>\1", html)

    def numbers(self, text: str) -> list[int]:
        """The tags whose marks are in a text, in order."""
        return [int(found[1]) for found in self._any.finditer(text)]

    def split(self, text: str) -> tuple[list[str], list[int]]:
        """The texts between the marks, one more than there are marks; and the tags of the marks."""
        parts = self._any.split(text)
        return parts[::2], [int(number) for number in parts[1::2]]

    def before(self, text: str) -> str:
        """What is before the first mark."""
        return self._any.split(text, 1)[0]

    def chosen(self, numbers: Sequence[int]) -> list[Tag]:
        """Tags by number."""
        return [self.tags[number] for number in numbers]


__all__ = ["Marks"]
