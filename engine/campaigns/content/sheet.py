"""One language of one version, compiled: subject, HTML and text as programs that only fill in what is a person's own.

Source → tags apart → Markdown or MJML → sanitiser → theme → style sheet into the elements → programs. Tags travel as
marks, so that all of this is done once, and a value never passes through it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any, TypeVar

from engine.campaigns.content.language.checking import read
from engine.campaigns.content.language.faults import Fault, Refused
from engine.campaigns.content.language.known import Known
from engine.campaigns.content.language.rendering import Program, Unfilled, compiled, values
from engine.campaigns.content.language.splitting import Parted
from engine.campaigns.content.markup import cleaning, depth, markdown, mjml, placing, plain
from engine.campaigns.content.markup.marks import Marks
from engine.campaigns.tracking.links import targets, wrapped
from engine.campaigns.tracking.ways import slot
from engine.outbound.templates import environment, inlined

FORMATS = ("markdown", "html", "mjml")
LONGEST_SUBJECT = 200
_ADDRESS = re.compile(r"https?://[^/?#]+[/?#]|mailto:")
_BETWEEN = re.compile(r"[\s<>]")
_OURS = Known()
_T = TypeVar("_T")
BEFORE_FOOT = "\n--\n"  # in a text part, before who sent it and how to leave
_FOOT = (
    "{{% if links.unsubscribe %}}<a href=\"{{{{ links.unsubscribe }}}}\">Unsubscribe</a>{{% endif %}}"
    "{{% if links.preferences %}} · <a href=\"{{{{ links.preferences }}}}\">Choose what you get</a>{{% endif %}}"
)  # fmt: skip
_FOOT_TEXT = (
    "{% if links.unsubscribe %}\nUnsubscribe: {{ links.unsubscribe }}{% endif %}"
    "{% if links.preferences %}\nChoose what you get: {{ links.preferences }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Theme:
    """What is the same in all campaigns of a workspace: who they say they are from."""

    workspace: str = ""


@dataclass(frozen=True, slots=True)
class Track:
    """What is tracked in a mail that is compiled: its links, whose ids are by address, and whether it is opened."""

    links: bool = False
    opens: bool = False
    ids: tuple[tuple[str, int], ...] = ()

    def __bool__(self) -> bool:
        return self.links or self.opens


UNTRACKED = Track()


@dataclass(frozen=True, slots=True, order=True)
class Written:
    """A text as somebody wrote it, in one language."""

    subject: str
    body: str
    preheader: str = ""
    format: str = "markdown"
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Sheet:
    """The programs of one language. `body` is the clean HTML before the theme, with marks for tags, to be looked at.

    `targets` are the fixed addresses that its links lead to; `places` what its slots t0, t1 … are of, where tracked.
    """

    subject: Program
    html: Program
    text: Program
    body: str = field(repr=False, default="")
    targets: tuple[str, ...] = ()
    places: tuple[int | None, ...] = ()

    @property
    def wanted(self) -> frozenset[str]:
        """The fields it names."""
        return self.subject.wanted | self.html.wanted | self.text.wanted

    def fill(self, person: Mapping[str, Any]) -> tuple[str, list[str], str]:
        """Subject, HTML in pieces, and text for one person. Raises Unfilled with what stands in the way."""
        own = values(person, self.wanted)
        subject = " ".join(_said("the subject", self.subject.text, own).split())
        if not subject:
            raise Unfilled("the subject would be empty")
        html, text = _said("the mail", self.html.pieces, own), _said("the text part", self.text.text, own)
        return subject, html, plain.tidy(text)


def _said(part: str, fill: Callable[[Mapping[str, Any]], _T], own: Mapping[str, Any]) -> _T:
    try:
        return fill(own)
    except Unfilled as error:
        raise Unfilled(f"{error} ({part})" if part != "the mail" else str(error)) from error


def sheet(written: Written, theme: Theme, known: Known, track: Track = UNTRACKED) -> Sheet:
    """Compile a text, with slots for what is tracked. Raises Refused with all its faults, by part."""
    faults: list[Fault] = []
    subject = _read("subject", written.subject, known, faults)
    preheader = _read("preheader", written.preheader, known, faults)
    body = _read("body", written.body, known, faults)
    if not written.subject.strip():
        faults.append(Fault(1, 1, "A mail has a subject. Write one.", "subject"))
    if len(written.subject) > LONGEST_SUBJECT or "\n" in written.subject.strip():
        faults.append(Fault(1, 1, f"A subject is one line of at most {LONGEST_SUBJECT} characters.", "subject"))
    if not written.body.strip():
        faults.append(Fault(1, 1, "There is nothing in it yet. Write something.", "body"))
    if faults or subject is None or preheader is None or body is None:
        raise Refused(faults)
    try:
        return _sheet(written, theme, (subject, preheader, body), track)
    except Refused as refused:
        raise Refused(replace(fault, part="body") for fault in refused.faults) from refused


def _read(part: str, text: str, known: Known, faults: list[Fault]) -> Parted | None:
    try:
        return read(text, known)
    except Refused as refused:
        faults += [replace(fault, part=part) for fault in refused.faults]
        return None


def _sheet(written: Written, theme: Theme, parts: tuple[Parted, Parted, Parted], track: Track) -> Sheet:
    (subject, preheader, body), marks = parts, Marks()
    numbers = range(len(body.tags))
    woven = marks.woven(body)
    marked, style = _made(written.format, woven, body.source, marks)
    depth.check(marked, body.source, ends=False)
    clean = cleaning.cleaned(marked, marks)
    depth.check(clean, body.source)
    if wrong := placing.faults(body.source, clean, marks, numbers):
        raise Refused(wrong)
    foot = marks.comments(marks.woven(read(_foot(theme), _OURS)))
    opening = marks.comments(escape(marks.woven(preheader)))
    html = environment().get_template("_letter.html").render(
        title="", links={"hidden": "", "pixel": ""}, preview=opening, body=clean, foot=foot, style=style
    )  # fmt: skip
    html = inlined(html).replace('lang="en"', f'lang="{escape(written.language)}"', 1)
    text = _text_of(clean, theme, marks)
    fixed = tuple(url for url in targets(html, text) if not marks.numbers(url))
    places: tuple[int | None, ...] = ()
    if track:
        with_slots = wrapped(
            html, text, dict(track.ids), lambda n: marks.own(slot(n)), links=track.links, opens=track.opens
        )
        html, text, places = with_slots.html, with_slots.text, with_slots.places
    return Sheet(
        compiled(subject.tags, subject.texts, escape=False),
        _html(html, marks),
        _text(text, marks),
        clean,
        fixed,
        places,
    )


def _made(form: str, woven: str, source: str, marks: Marks) -> tuple[str, str]:
    if form == "markdown":
        return markdown.html(woven, marks), ""
    if form == "mjml":
        made = mjml.body(woven, source, marks)
        return made.html, made.style
    return marks.comments(woven), ""


def _foot(theme: Theme) -> str:
    sender = f"{escape(theme.workspace)} sent you this mail.<br>" if theme.workspace else ""
    return _plain_braces(sender) + _FOOT.format()


def _plain_braces(text: str) -> str:
    return text.replace("{", "&#123;").replace("}", "&#125;")


def _html(html: str, marks: Marks) -> Program:
    found = list(placing.places(html, marks))
    texts, numbers = marks.split(html)
    filters = {n: placing.filter_of(place, marks.tags[place.number]) for n, place in enumerate(found)}
    return compiled(marks.chosen(numbers), texts, True, {n: name for n, name in filters.items() if name})


def _text_of(clean: str, theme: Theme, marks: Marks) -> str:
    sender = f"{theme.workspace} sent you this mail." if theme.workspace else ""
    return f"{plain.text_of(clean)}{BEFORE_FOOT}{sender}{marks.woven(read(_FOOT_TEXT, _OURS))}\n"


def _text(text: str, marks: Marks) -> Program:
    texts, numbers = marks.split(text)
    filters, before = {}, ""
    for n, said in enumerate(texts[:-1]):
        before = _BETWEEN.split(before + said)[-1]  # the word that the tag stands in
        if _ADDRESS.search(before):
            filters[n] = placing.PART
        before += "x" if marks.tags[numbers[n]].prints else ""
    return compiled(marks.chosen(numbers), texts, False, filters)


__all__ = ["BEFORE_FOOT", "FORMATS", "UNTRACKED", "Sheet", "Theme", "Track", "Written", "sheet"]
