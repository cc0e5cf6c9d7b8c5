"""MJML as HTML, by the optional library mrml; only what is in the body, and how wide its columns are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engine.campaigns.content.language.faults import Refused, at
from engine.campaigns.content.markup import depth
from engine.campaigns.content.markup.marks import Marks
from engine.errors import ConfigError

_REFUSED = re.compile(r"<\s*(mj-(?:include|style|html-attributes|preview))\b", re.IGNORECASE)
_TAGS = frozenset(
    re.findall(
        r"\S+",
        """all attributes body breakpoint button class column divider font group head hero image preview raw
        section spacer style table text title wrapper social social-element navbar navbar-link
        accordion accordion-element accordion-text accordion-title""",
    )
)
_TAG = re.compile(r"<\s*(?:/\s*)?mj-([a-z-]*)", re.IGNORECASE)
_BODY = re.compile(r"<body[^>]*>(.*)</body>", re.DOTALL)
_WIDTH = re.compile(r"\.(mj-column-(?:per|px)-[0-9-]{1,12}) \{ width:([0-9.]{1,8})(%|px) !important;")
_PLACE = re.compile(r"(?:at|position)\D{0,12}([0-9]+)")
_INSTEAD = {
    "mj-include": "Nothing can be included. Write it here.",
    "mj-style": "Style sheets are not taken over. Put css attributes on the elements.",
    "mj-html-attributes": "Attributes are not added afterwards. Put them on the elements.",
    "mj-preview": "Write the preview line into its own field.",
}


@dataclass(frozen=True, slots=True)
class Body:
    """What MJML made: HTML for the body, and rules for the columns of wide screens."""

    html: str
    style: str


def body(text: str, source: str, marks: Marks) -> Body:
    """The body of marked MJML. Raises Refused where it is none, ConfigError where mrml is not installed."""
    try:
        import mrml
    except ImportError as error:
        raise ConfigError("MJML needs the extra mjml. Install it: pip install 'sixpm[mjml]'.") from error
    if (found := _REFUSED.search(source)) is not None:
        raise Refused([at(source, found.start(), f"“{found[1]}” is not known here. {_INSTEAD[found[1].lower()]}")])
    for tag in _TAG.finditer(source):
        if tag[1].lower() not in _TAGS:  # the library would leave it out without a word
            raise Refused([at(source, tag.start(), f"“mj-{tag[1]}” is no element of MJML here. Take it out.")])
    depth.check(source, source)
    try:
        html = mrml.to_html(marks.comments(text)).content
    except Exception as error:  # the library has no error of its own to catch
        raise Refused([at(source, _place(str(error), source), f"This is no MJML: {error}. Mend it.")]) from error
    inside = _BODY.search(html)
    rules = {name: f"{width}{unit}" for name, width, unit in _WIDTH.findall(html)}
    columns = "".join(
        f".{name} {{ width: {width} !important; max-width: {width}; }}\n" for name, width in rules.items()
    )
    style = f"@media only screen and (min-width:480px) {{\n{columns}}}\n" if columns else ""
    return Body(inside[1] if inside else "", style)


def _place(words: str, source: str) -> int:
    """Where the library says the fault is; near enough, since marks and tags differ in length."""
    found = _PLACE.search(words)
    return min(int(found[1]), max(len(source) - 1, 0)) if found else 0


__all__ = ["Body", "body"]
