"""Markdown as HTML: CommonMark with tables and strikethrough, and tags on lines of their own."""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock

from engine.campaigns.content.markup.marks import Marks


def html(text: str, marks: Marks) -> str:
    """The HTML of marked Markdown. HTML in it passes: the sanitiser comes after."""
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

    def silent(state: StateBlock, line: int, end: int, asked: bool) -> bool:
        """A line of nothing but if, for and the like is a block: it ends a list, and is no paragraph."""
        if state.is_code_block(line):
            return False
        content = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]]
        if marks.line.fullmatch(content) is None:
            return False
        if not asked:
            state.push("html_block", "", 0).content = marks.comments(content) + "\n"
            state.line = line + 1
        return True

    made.block.ruler.before("table", "silent", silent, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    return marks.comments(made.render(text))


__all__ = ["html"]
