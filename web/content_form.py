"""What somebody typed into the editor of a campaign's content, kept whatever is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.campaigns.content.files import File
from engine.campaigns.content.language.faults import Fault
from engine.campaigns.content.sheet import FORMATS, Written
from engine.campaigns.content.version import Version
from engine.campaigns.content.versions import Draft

LABELS = {"markdown": "Markdown", "html": "HTML", "mjml": "MJML"}
FIRST = 'Hi {{ first_name or "there" }},\n\n'
_LONGEST = {"subject": 1000, "preheader": 1000, "body": 250_000, "locale": 20, "who": 100, "format": 20}


@dataclass(frozen=True, slots=True)
class Typed:
    """The text of one language ("" for everybody else's), whom it is looked at as, and which files go along."""

    subject: str = ""
    preheader: str = ""
    body: str = FIRST
    format: str = "markdown"
    locale: str = ""
    who: str = ""
    files: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def of_form(cls, form: Mapping[str, str], files: Sequence[str]) -> Typed:
        """As it was posted. A browser sends CR LF at line ends; what is pasted may hold a NUL, and no row can."""
        given = {
            name: form.get(name, "").replace("\0", "")[:most].replace("\r\n", "\n")
            for name, most in _LONGEST.items()
        }  # fmt: skip
        chosen = frozenset(int(one) for one in files if re.fullmatch(r"[0-9]{1,18}", one))
        return cls(**{**given, "locale": given["locale"].strip()}, files=chosen)

    @classmethod
    def of_version(cls, version: Version | None, locale: str, who: str) -> Typed:
        """As it is saved; a new language begins with the text that everybody else gets."""
        if version is None:
            return cls(locale="", who=who)
        said = version.texts.get(locale) or version.own
        files = frozenset((*version.attached, *version.inline))
        return cls(said.subject, said.preheader, said.body, version.own.format, locale, who, files)

    def draft(self, saved: Version | None, there: Sequence[File]) -> Draft:
        """The draft: this language as typed, the others as they are saved. Without any words a language goes."""
        form = saved.own.format if saved and self.locale else self.format  # one for all languages
        form = form if form in FORMATS else "markdown"
        own = Written(self.subject, self.body, self.preheader, form, self.locale or "en")
        texts = {locale: replace(text, format=form) for locale, text in saved.texts.items()} if saved else {}
        if self.locale and not self.body.strip() and not self.subject.strip():
            texts.pop(self.locale, None)
        else:
            texts[self.locale] = own
        attached = tuple(f.id for f in there if f.id in self.files and not f.cid)
        return Draft(texts, attached, tuple(f.id for f in there if f.id in self.files and f.cid))

    def excerpt(self, fault: Fault) -> str:
        """The line of a fault in the body, for the list of faults; empty for those of other parts."""
        lines = self.body.split("\n")
        here = fault.part.startswith("body") and fault.line <= len(lines)
        return lines[fault.line - 1][:160] if here else ""


__all__ = ["LABELS", "Typed"]
