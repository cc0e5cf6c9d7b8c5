"""HTML to plain text by a walk over the DOM, with quotes, signatures and cut marks kept apart.

A quotation of a mail program becomes lines with ">", so that one line-based reader (quote.py) judges top, bottom and
inline posting for text and HTML alike. What a program marks as "everything from here is the old mail" (Outlook's
reply block) becomes a line of CUT, a marked signature lines between SIGNATURE marks.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from engine.inbound.parse import limits
from engine.inbound.parse.charsets import clean
from engine.inbound.parse.patterns import GLUED_LABEL

CUT = "\ue0c1"
SIGNATURE = "\ue0c2"

_SKIP = {"head", "style", "script", "title", "template", "noscript", "svg", "object", "iframe", "select"}
_BLOCK = {
    "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "figure",
    "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "html", "li", "main", "nav", "ol", "p", "pre",
    "section", "table", "tbody", "tfoot", "thead", "tr", "ul", "hr", "details", "summary",
}  # fmt: skip
_GAP = {"p", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "blockquote", "ul", "ol", "table"}
_QUOTE_CLASS = re.compile(
    r"\b(?:x_|ydp[0-9a-f]{1,12})*(yahoo_quoted|spark_quote|missive_quote|protonmail_quote|zmail_extra|tutanota_quote|cite_quote|moz-email-headers-table|"
    r"WM_quote|x_gmail_quote|front-blockquote|quoted-text|mailbird-quote|hs_reply_quote)\b"
)
_CUT_ID = re.compile(
    r"^(?:x_)*(divRplyFwdMsg|appendonsend|OLK_SRC_BODY_SECTION|stopSpelling|mail-editor-reference-message-container|"
    r"reply-intro|isForwardContent|ms-outlook-ios-forwarded|replySplit|oriMsgHtmlSeperator)", re.IGNORECASE
)  # fmt: skip
_SIGNATURE = re.compile(
    r"\b(gmail_signature|moz-signature|protonmail_signature_block|AppleMailSignature|"
    r"ms-outlook-mobile-signature|ms-outlook-ios-signature|mail-signature|x_Signature|Signature|signature|"
    r"tutanota_signature|yahoo-signature|ydp\w+signature)\b"
)
_OWN_BLOCKQUOTE = re.compile(r"border(-left)?(-width)?\s*:\s*(none|0)", re.IGNORECASE)
_OUTLOOK_RULE = re.compile(r"border-top\s*:\s*solid\s*#?\w+\s*1(\.0)?pt", re.IGNORECASE)
_HIDDEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.I)
_VOID = "area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr|p|li|td|th|tr|dd|dt|tbody|thead|option"
_NESTING = re.compile(rf"<(/?)(?!(?:{_VOID})\b)[a-zA-Z][^\s<>/]{{0,40}}[^<>]{{0,2000}}>")
_SPACE = re.compile(r"[ \t\n\r\f]+")


class _Writer:
    """Collects lines; whitespace is collapsed as a browser does."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.current: list[str] = []
        self.prefix: list[str] = []
        self.bullet = ""
        self.nodes = 0
        self.numbers: dict[int, int] = {}

    def text(self, value: str, pre: bool) -> None:
        if pre:
            first, *rest = value.split("\n")
            self.current.append(first)
            for line in rest:
                self.end_line()
                self.current.append(line)
            return
        value = _SPACE.sub(" ", value)
        if value.startswith(" ") and (not self.current or self.current[-1].endswith(" ")):
            value = value[1:]
        if value:
            self.current.append(value)

    def end_line(self, force: bool = False) -> None:
        line = "".join(self.current).rstrip(" ")
        self.current.clear()
        if line.strip() or force:
            line = self.bullet + line if line.strip() else line
            self.bullet = "" if line.strip() else self.bullet
            self.lines.append("".join(self.prefix) + line)

    def gap(self) -> None:
        if self.lines and self.lines[-1].strip(" >"):
            self.lines.append("".join(self.prefix).rstrip())

    def mark(self, mark: str) -> None:
        self.end_line()
        self.lines.append(mark)


def to_text(source: str) -> str:
    """The text of an HTML body. Bounded in nodes and depth; beyond them the text goes on without structure."""
    parser = LexborHTMLParser(_shallow(source[: limits.HTML_CHARS]))
    root = parser.body or parser.root
    if root is None:
        return ""
    writer = _Writer()
    _walk(root, writer)
    writer.end_line()
    return clean("\n".join(writer.lines))


def _shallow(source: str) -> str:
    """The source without the opening tags that nest deeper than limits.HTML_DEPTH."""
    if source.count("<") <= limits.HTML_DEPTH:
        return source
    depth = 0

    def visit(match: re.Match[str]) -> str:
        nonlocal depth
        if match.group(1):
            depth = max(0, depth - 1)
        else:
            depth += 1
        return match.group() if depth <= limits.HTML_DEPTH else " "

    return _NESTING.sub(visit, source)


def _walk(root: LexborNode, writer: _Writer) -> None:
    """An explicit stack of (node, closing action) instead of recursion: depth bombs are data, not frames."""
    stack: list[tuple[LexborNode | None, tuple[str, ...] | None, bool, int]] = [(root, None, False, 0)]
    while stack:
        node, closing, pre, depth = stack.pop()
        if node is None:
            _close(closing or (), writer)
            continue
        writer.nodes += 1
        if writer.nodes > limits.HTML_NODES:
            return
        if node.is_text_node:
            writer.text(clean(node.text_content or ""), pre)
            continue
        tag = node.tag or ""
        if tag in _SKIP or not node.is_element_node:
            continue
        if tag == "br":
            writer.end_line(force=True)
            continue
        attributes = node.attributes if depth < limits.HTML_DEPTH else {}
        if _hidden(attributes):
            continue
        actions = _open(node, tag, attributes, writer) if depth < limits.HTML_DEPTH else ()
        stack.append((None, actions, pre, depth))
        child = node.last_child
        while child is not None:
            stack.append((child, None, pre or tag == "pre", depth + 1))
            child = child.prev


def _hidden(attributes: dict[str, str | None]) -> bool:
    style = attributes.get("style")
    return bool(style and _HIDDEN.search(style))


def _open(node: LexborNode, tag: str, attributes: dict[str, str | None], writer: _Writer) -> tuple[str, ...]:
    """Writes what opens `node`; returns what its end must do."""
    actions: list[str] = []
    css = attributes.get("class") or ""
    ident = attributes.get("id") or ""
    style = attributes.get("style") or ""
    if tag in _BLOCK:
        writer.end_line()
        actions.append("line")
    if tag == "hr":
        writer.lines.append("".join(writer.prefix) + "_" * 32)
    if tag in _GAP:
        writer.gap()
        actions.append("gap")
    if tag in ("td", "th") and writer.current:
        writer.text(" ", False)
    if tag == "li":
        writer.bullet = _bullet(node, writer.numbers)
    if tag == "img" and (attributes.get("alt") or "").strip() and len(attributes.get("alt") or "") < 4:
        writer.text(clean(attributes.get("alt") or ""), False)  # an emoji drawn as a picture
    if _CUT_ID.match(ident) or attributes.get("name") == "_MailOriginal" or _is_outlook_rule(node, style):
        writer.mark("".join(writer.prefix) + CUT)
    if _is_quote(node, tag, css, attributes):
        writer.end_line()
        writer.prefix.append("> " if len(writer.prefix) < 12 else "")
        actions.append("quote")
    elif _SIGNATURE.search(css) or _SIGNATURE.search(ident) or attributes.get("data-smartmail") == "gmail_signature":
        writer.mark("".join(writer.prefix) + SIGNATURE)
        actions.append("signature")
    return tuple(actions)


def _is_outlook_rule(node: LexborNode, style: str) -> bool:
    """Outlook rules off the old mail's header; a ruled box of the writer holds no header label."""
    return bool(_OUTLOOK_RULE.search(style)) and GLUED_LABEL.match(node.text()[:200].lstrip()) is not None


def _close(actions: tuple[str, ...], writer: _Writer) -> None:
    if actions:
        writer.end_line()
    for action in actions:
        if action == "quote":
            writer.prefix.pop()
        elif action == "signature":
            writer.mark("".join(writer.prefix) + SIGNATURE)
        elif action == "gap":
            writer.gap()


def _bullet(node: LexborNode, numbers: dict[int, int]) -> str:
    parent = node.parent
    if parent is None or parent.tag != "ol":
        return "- "
    key = int(parent.mem_id)
    numbers[key] = numbers.get(key, 0) + 1
    return f"{numbers[key]}. "


def _is_quote(node: LexborNode, tag: str, css: str, attributes: dict[str, str | None]) -> bool:
    if tag == "blockquote":
        style = attributes.get("style") or ""
        own = _OWN_BLOCKQUOTE.search(style) and not attributes.get("type") and "quote" not in css
        return not own
    if "gmail_quote" in css:  # answers between the blockquotes stand inside this div, so it is a quote only without
        return node.css_first("blockquote") is None
    return bool(_QUOTE_CLASS.search(css))
