"""The text part, made of the clean HTML with its marks: links with their addresses, lists with their signs."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_BLOCKS = frozenset(
    re.findall(
        r"\S+",
        """blockquote center dd div dl dt figcaption figure h1 h2 h3 h4 h5 h6 ol p pre table tbody tfoot thead
        tr ul caption""",
    )
)
_APART = frozenset(re.findall(r"\S+", "blockquote div dl figure h1 h2 h3 h4 h5 h6 ol p pre table ul"))
_HOLDS = frozenset(re.findall(r"\S+", "caption dd dt figcaption h1 h2 h3 h4 h5 h6 li p pre td th"))
_LINES = re.compile(r"\n{3,}")
_SPACES = re.compile(r"[ \t\r\n\f]+")


def text_of(html: str) -> str:
    """Clean HTML as text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return tidy(reader.text())


def tidy(text: str) -> str:
    """No blanks at line ends, and no more than one empty line."""
    if " \n" in text or "\t\n" in text:
        text = "\n".join([line.rstrip(" \t") for line in text.split("\n")])  # a pattern is slow where blanks are many
    if "\n\n\n" in text:
        text = _LINES.sub("\n\n", text)
    return text.strip("\n") + "\n"


class _Reader(HTMLParser):
    """Collects text; what is to come before the next word (a line end, a sign, a space) waits for it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._lists: list[int | None] = []  # the number of the next item, None for signs
        self._quotes = 0
        self._links: list[tuple[str, int]] = []
        self._breaks = 2
        self._space = False
        self._sign = ""
        self._plain = 0
        self._inline = False  # in a paragraph or an item, not between them

    def text(self) -> str:
        """What was read."""
        return "".join(self._out)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, an item, a link; say what an image shows."""
        given = dict(attrs)
        self._inline = tag in _HOLDS or (self._inline and tag not in _BLOCKS)
        if tag in _BLOCKS:
            self._break(2 if tag in _APART and not self._lists else 1)
        if tag in ("ul", "ol"):
            self._lists.append(None if tag == "ul" else 1)
        elif tag == "li":
            self._item()
        elif tag == "br":
            self._break_hard()
        elif tag == "hr":
            self._break(2)
            self._say("-" * 20)
            self._break(2)
        elif tag == "a":
            self._links.append((given.get("href") or "", len(self._out)))
        elif tag == "img" and given.get("alt"):
            self.handle_data(given["alt"] or "")
        elif tag in ("td", "th"):
            self._space = True
        self._quotes += tag == "blockquote"
        self._plain += tag == "pre"

    def handle_endtag(self, tag: str) -> None:
        """End a block or a list; say where a link goes."""
        self._inline = self._inline and tag not in _BLOCKS and tag != "li"
        self._quotes -= tag == "blockquote" and self._quotes > 0
        self._plain -= tag == "pre" and self._plain > 0
        if tag in ("ul", "ol") and self._lists:
            self._lists.pop()
        if tag in _BLOCKS or tag == "li":
            self._break(2 if tag in _APART and not self._lists else 1)
        elif tag == "a" and self._links:
            address, begun = self._links.pop()
            said = "".join(self._out[begun:]).strip()
            if address and address.removeprefix("mailto:") != said:
                self._space = bool(said)
                self._say(f"<{address}>" if said else address)

    def handle_data(self, data: str) -> None:
        """Words, with their blanks made one."""
        if self._plain:
            for line in data.split("\n"):
                self._say(line)
                self._break(1)
            return
        words = _SPACES.sub(" ", data)
        self._space = self._space or words.startswith(" ")
        if words.strip():
            self._say(words.strip(" "))
            self._space = words.endswith(" ")

    def handle_comment(self, data: str) -> None:
        """A tag that prints nothing; between blocks it stands before the line ends of the next, which go with it."""
        if self._inline:
            self._say(data)
        else:
            self._out.append(data)

    def _item(self) -> None:
        self._break(1)
        number = self._lists[-1] if self._lists else None
        self._sign = "  " * (len(self._lists) - 1) + ("- " if number is None else f"{number}. ")
        if number is not None:
            self._lists[-1] = number + 1

    def _break(self, lines: int) -> None:
        self._breaks, self._space = max(self._breaks, lines), False

    def _break_hard(self) -> None:
        self._out.append("\n")
        self._space = False

    def _say(self, words: str) -> None:
        if self._breaks:
            self._out.append("\n" * self._breaks if self._out else "")
            self._out.append("> " * self._quotes)
        elif self._space:
            self._out.append(" ")
        self._out.append(self._sign + words)
        self._breaks, self._space, self._sign = 0, False, ""


__all__ = ["text_of", "tidy"]
