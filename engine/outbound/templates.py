"""The templates of the mails, for values and for slots, and the style sheet moved into their elements."""

from __future__ import annotations

from functools import cache
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from engine.config import shipped
from engine.outbound.watching import Watching

_OPTIONS: dict[str, Any] = {
    "undefined": StrictUndefined,
    "trim_blocks": True,
    "lstrip_blocks": True,
    "keep_trailing_newline": True,
}


@cache
def environment() -> Environment:
    """The templates of the mails: a missing variable is an error, HTML is escaped."""
    folder = FileSystemLoader(shipped("templates") / "email")
    return Environment(loader=folder, autoescape=select_autoescape(["html"]), **_OPTIONS)


@cache
def watching() -> Watching:
    """The same templates, for slots."""
    folder = FileSystemLoader(shipped("templates") / "email")
    return Watching(loader=folder, autoescape=select_autoescape(["html"]), **_OPTIONS)


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


def inlined(html: str) -> str:
    """`html` with the rules of its sheet moved into the elements."""
    return _inliner().inline(html)
