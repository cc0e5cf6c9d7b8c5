"""The sanitiser: HTML parsed as browsers do, and only what a mail needs kept."""

from __future__ import annotations

import re
from functools import cache

import nh3

from engine.campaigns.content.markup.marks import Marks

TAGS = frozenset(
    re.findall(
        r"\S+",
        """a abbr b blockquote br caption center cite code col colgroup dd del dfn div dl dt em figcaption
        figure h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strike strong
        sub sup table tbody td tfoot th thead tr u ul wbr""",
    )
)
SILENT = frozenset(
    re.findall(
        r"\S+",
        """applet audio canvas embed frame frameset head iframe math noembed noframes noscript object script
        select style svg template textarea title video xmp""",
    )
)
SCHEMES = frozenset({"http", "https", "mailto", "tel", "cid"})
STYLES = frozenset(
    re.findall(
        r"\S+",
        """background-color border border-bottom border-bottom-color border-bottom-style border-bottom-width
        border-collapse border-color border-left border-radius border-right border-spacing border-
        style border-top border-width color direction display font-family font-size font-style font-
        weight height letter-spacing line-height margin margin-bottom margin-left margin-right
        margin-top max-height max-width min-width overflow-wrap padding padding-bottom padding-left
        padding-right padding-top text-align text-decoration text-transform vertical-align white-
        space width word-break""",
    )
)
_EVERYWHERE = {"align", "bgcolor", "class", "dir", "height", "lang", "role", "style", "title", "valign", "width"}
_ATTRIBUTES = {
    "*": _EVERYWHERE,
    "a": {"href"},
    "img": {"src", "alt", "border"},
    "table": {"border", "cellpadding", "cellspacing"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start", "type"},
}
_CLASS = re.compile(r"mj-column-(?:per|px)-[0-9-]{1,12}|button|soft|small")


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute != "class":
        return value
    return " ".join(name for name in value.split() if _CLASS.fullmatch(name)) or None


@cache
def _sanitised() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(TAGS), clean_content_tags=set(SILENT), attributes=_ATTRIBUTES, attribute_filter=_kept,
        strip_comments=False, link_rel=None, url_schemes=set(SCHEMES), filter_style_properties=set(STYLES),
        url_relative=lambda url: url if url.startswith("sp") else None,
    )  # fmt: skip


def cleaned(html: str, marks: Marks) -> str:
    """Clean HTML, in which the marks of tags that print nothing are the only comments.

    An address that is not absolute is left out, unless a mark begins it: engine.campaigns.content.markup.placing says
    whether it may.
    """
    clean = marks.without_other_comments(_sanitised().clean(html))
    return clean if "<tbody" in html.lower() else marks.around_rows(clean)


__all__ = ["SCHEMES", "SILENT", "STYLES", "TAGS", "cleaned"]
