"""Render drafts into the mails that leave: compiled once for all who share a content, filled for each recipient.

A mail of 6 KB costs about 20 microseconds so, against a millisecond or two with email.message and templates rendered
for each (bench/mail.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from html import escape
from typing import Any

from engine import tokens
from engine.outbound import enclosing, encode
from engine.outbound.drafts import LetterDraft, MailDraft, Row
from engine.outbound.headers import Place
from engine.outbound.paper import Clock, Kept, Paper, fingerprint
from engine.outbound.sign import (
    Links,
    Sign,
    comment_link,
    hit_link,
    pixel_link,
    reply_address,
    settings_link,
    settings_way,
    unsubscribe_link,
)
from engine.outbound.skeleton import Form, Made, Skeleton, compiled
from engine.outbound.templates import environment, inlined
from engine.transports.base import Key, Mail

__all__ = ["Links", "Press", "Sign"]

SKELETONS = 512
_WORDS = 4096  # encoded personal strings that are kept, each at most _WORD letters
_WORD = 80

# Looked up once: an attribute of an Enum costs 0.2 microseconds, and a mail asks for ten.
_REPLY, _BOUNCE, _MEMBER, _UNSUBSCRIBE = (int(purpose) for purpose in list(tokens.Purpose)[:4])
_HIT, _OPEN = int(tokens.Purpose.HIT), int(tokens.Purpose.OPEN)
_TEXT, _HTML, _SUBJECT_LINE = Form.TEXT, Form.HTML, Form.SUBJECT_LINE


class Press:
    """Makes the mails of one process. It keeps the compiled mails used last.

    A skeleton is found by the identity of its context, which it holds on to, or else by the context's value: the
    batches of a run load their contents one by one, and most of them say the same.
    """

    def __init__(self, skeletons: int = SKELETONS) -> None:
        self._near: Kept[tuple[Mapping[str, Any], Skeleton]] = Kept(skeletons)
        self._far: Kept[Skeleton] = Kept(skeletons)
        self._letters: Kept[tuple[object, Skeleton]] = Kept(skeletons)
        self._words = enclosing.Words()
        self._papers: Kept[Paper] = Kept(skeletons)
        self._latest: tuple[Sign, Paper] | None = None
        self._clock: tuple[int, Clock] | None = None
        self._texts: dict[str, str] = {}
        self._htmls: dict[str, str] = {}

    def mail(
        self, draft: MailDraft | LetterDraft, row: Row, batch_id: int, workspace_id: int, sign: Sign, now: datetime
    ) -> Mail:
        """The mail of one delivery. Raises jinja2.TemplateError for a template fault, ValueError for a bad header."""
        if isinstance(draft, LetterDraft):
            return self._letter(draft, row, batch_id, sign, now)
        if not (draft.to_name.isprintable() and "".join(draft.personal.values()).isprintable()):
            draft = _clean(draft)
        paper, clock, skeleton = self._paper(sign), self._time(now), self.skeleton(draft, sign)
        member = out = b""
        if draft.membership_id is not None:
            member = paper.signer.signed(_MEMBER, workspace_id, draft.membership_id, clock.link_day)
            if draft.unsubscribe:
                out = paper.signer.signed(_UNSUBSCRIBE, workspace_id, draft.membership_id, clock.link_day)
        values, bounce = self._values(draft, row, paper, clock, sign, member, out)
        if skeleton.forms:
            self.add_forms(values, skeleton, draft, sign)
        return _posted(row, batch_id, paper, bounce, skeleton.fill(values))

    def _letter(self, draft: LetterDraft, row: Row, batch_id: int, sign: Sign, now: datetime) -> Mail:
        if not draft.to_name.isprintable():
            draft = replace(draft, to_name=encode.clean(draft.to_name))
        paper = self._paper(sign)
        values, bounce = self._values(draft, row, paper, self._time(now), sign, b"", b"")
        values += self._words.of(draft)
        return _posted(row, batch_id, paper, bounce, self._envelope(draft, sign, paper).fill(values))

    def _envelope(self, draft: LetterDraft, sign: Sign, paper: Paper) -> Skeleton:
        """The skeleton of letters that share what is not their words; found by the identity of their files."""
        shape = paper.number, draft.list_id, draft.list_name, draft.reply_until is None, draft.answering is None
        found = self._letters.get((id(draft.files), shape))
        if found is None:
            found = draft.files, enclosing.compiled(draft, sign)
            self._letters.keep((id(draft.files), shape), found, found[1].size)
        return found[1]

    def _values(
        self, draft: MailDraft | LetterDraft, row: Row, paper: Paper, clock: Clock, sign: Sign, member: bytes,
        out: bytes,
    ) -> tuple[list[str], str]:  # fmt: skip
        """The values that every mail has, in the order of Place; and the token of its envelope sender."""
        signed, run_id, seq = paper.signer.signed, row.run_id, row.seq
        answer = signed(_REPLY, run_id, seq, tokens.day(draft.reply_until)) if draft.reply_until is not None else b""
        back = signed(_BOUNCE, run_id, seq, clock.bounce_day)
        bounce, settings, unsubscribe, reply = tokens.letters(back, member, out, answer)
        message_id = paper.message_id(run_id, seq)
        name = message_id[1 : message_id.index("@")]
        values = [
            encode.mailbox(draft.to_name, row.address),
            clock.date,
            message_id,
            paper.thread(draft) if draft.after or draft.answering else "",
            settings and settings_way(settings, name),
            unsubscribe,
            reply,
            name,
            bounce,
            f"d{run_id}-{seq}" if sign.stamp.idempotency else "",
            "",
            "",
        ]
        if isinstance(draft, MailDraft) and draft.tracked:
            both = signed(_OPEN, run_id, seq, 0), signed(_HIT, run_id, seq, 0)
            values[Place.PIXEL], values[Place.HIDDEN] = tokens.letters(*both)[:2]
        return values, bounce

    def skeleton(self, draft: MailDraft, sign: Sign) -> Skeleton:
        """The skeleton of a draft, compiled if it is new. Raises what `mail` raises."""
        said = draft.personal
        blank = {name: text for name, text in said.items() if not text or text.isspace()}
        if not draft.to_name or draft.to_name.isspace():
            blank["to_name"] = draft.to_name
        shape = (
            draft.template,
            self._paper(sign).number,
            draft.list_id,
            draft.list_name,
            draft.membership_id is None,
            draft.unsubscribe,
            draft.reply_until is None,
            draft.answering is None,
            draft.tracked,
            draft.by_person,
            tuple(said),
            tuple(blank.items()),
        )
        found = self._near.get((id(draft.context), shape))
        return self._far_one(draft, blank, sign, shape) if found is None else found[1]

    def _far_one(self, draft: MailDraft, blank: Mapping[str, str], sign: Sign, shape: tuple[object, ...]) -> Skeleton:
        value = fingerprint(draft.context)
        skeleton = self._far.get((value, shape)) if value else None
        if skeleton is None:
            skeleton = compiled(draft, blank, sign)
            if value:
                self._far.keep((value, shape), skeleton, skeleton.size)
        self._near.keep((id(draft.context), shape), (draft.context, skeleton), skeleton.size)
        return skeleton

    def _paper(self, sign: Sign) -> Paper:
        if self._latest is not None and self._latest[0] is sign:
            return self._latest[1]
        paper = self._papers.get(sign)
        if paper is None:
            paper = Paper(sign)
            self._papers.keep(sign, paper, 0)
        self._latest = sign, paper
        return paper

    def _time(self, now: datetime) -> Clock:
        second = int(now.timestamp())
        if self._clock is None or self._clock[0] != second:
            self._clock = second, Clock(now)
        return self._clock[1]

    def add_forms(self, values: list[str], skeleton: Skeleton, draft: MailDraft, sign: Sign) -> None:
        """The values of the skeleton's forms, behind those of Place."""
        said = {**draft.personal, "to_name": draft.to_name}
        for made in skeleton.forms:
            form = made.form
            if form is _TEXT:
                text = said[made.name]
                values.append(self._texts.get(text) or _kept(self._texts, text, encode.slotted(text)))
            elif form is _HTML:
                text = said[made.name]
                values.append(self._htmls.get(text) or _kept(self._htmls, text, encode.slotted(escape(text))))
            elif form is _SUBJECT_LINE:
                values.append(encode.header("Subject", "".join(text or said[name] for text, name in made.line)))
            else:
                values.append(_rendered(made, values, draft, sign))


def _posted(row: Row, batch_id: int, paper: Paper, bounce: str, content: bytes) -> Mail:
    utf8 = not row.address.isascii() and not row.address.rpartition("@")[0].isascii()
    key = Key(batch_id, row.seq, row.attempt)
    return Mail(key, f"b+{bounce}@{paper.domain}", row.address, content, utf8, normal=True)


def _clean(draft: MailDraft) -> MailDraft:
    personal = {name: encode.clean(text) for name, text in draft.personal.items()}
    return replace(draft, to_name=encode.clean(draft.to_name), personal=personal)


def _kept(known: dict[str, str], text: str, encoded: str) -> str:
    if len(text) <= _WORD:
        if len(known) >= _WORDS:
            known.clear()
        known[text] = encoded
    return encoded


def _rendered(made: Made, values: list[str], draft: MailDraft, sign: Sign) -> str:
    """A file whose template looks into personal strings, rendered with those of this recipient."""
    places = (Place.SETTINGS, Place.UNSUBSCRIBE, Place.NAME, Place.REPLY)
    settings, unsubscribe, name, reply = (values[place] for place in places)
    pixel, hidden = values[Place.PIXEL], values[Place.HIDDEN]
    links = Links(
        sign.base_url,
        settings and settings_link(sign.base_url, settings.replace(encode.SOFT, "")),
        unsubscribe and unsubscribe_link(sign.base_url, unsubscribe, name),
        pixel and pixel_link(sign.base_url, pixel),
        hidden and hit_link(sign.base_url, hidden),
    )
    own = {
        "links": links, "reply_to": reply and reply_address(reply, sign.reply_domain), "workspace": sign.name,
        "comment_link": partial(comment_link, sign),
    }  # fmt: skip
    template = environment().get_template(f"{draft.template}/{made.form.value}")
    text = template.render({**draft.context, **draft.personal, "to_name": draft.to_name, **own})
    if made.form is Form.SUBJECT:
        return encode.header("Subject", text)
    return encode.body(inlined(text) if made.form is Form.BODY_HTML else text)
