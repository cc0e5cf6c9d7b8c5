"""A letter to be looked at, saved or not, as a real person would get it; made as it is made for sending."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Any

from engine.campaigns.content import files, making, versions
from engine.campaigns.content.language.rendering import Unfilled
from engine.campaigns.content.looking import Finding, looked
from engine.campaigns.content.making import Letter
from engine.campaigns.content.persons import NOBODYS_LINKS, person
from engine.campaigns.content.queries import recipients
from engine.campaigns.content.sheet import Theme
from engine.campaigns.content.version import Version
from engine.db import Conn

_DARK = "@media (prefers-color-scheme: dark)"
_CID = re.compile(r'src="cid:([^"]+)"')
_LINK = re.compile(r"(<a\b[^>]*?)\shref=\"[^\"]*\"", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reader:
    """Whom a preview is for."""

    id: int
    name: str
    email: str
    row: Any = field(repr=False, compare=False)  # what templates know of them, as it was read


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person would see; `fault` says why they would get nothing. `light` and `dark` lead and load nowhere."""

    reader: Reader | None
    letter: Letter | None = None
    light: str = ""
    dark: str = ""
    findings: tuple[Finding, ...] = ()
    fault: str = ""


def reader(conn: Conn, workspace_id: int, who: str) -> Reader | None:
    """The first person whose name or address has `who`."""
    rows = recipients.found(conn, workspace_id, who.replace("\0", "").strip()[:100], 1)
    return Reader(rows[0].id, rows[0].name, rows[0].email, rows[0]) if rows else None


def reader_of(conn: Conn, workspace_id: int, contact_id: int) -> Reader | None:
    """One person by their number."""
    rows = recipients.these(conn, workspace_id, [contact_id])
    return Reader(rows[0].id, rows[0].name, rows[0].email, rows[0]) if rows else None


def shown_to(
    conn: Conn, version: Version, campaign: str, reader_: Reader | None, locale: str = "", theme: Theme | None = None
) -> Shown:  # fmt: skip
    """The letter to a person, in their language or in `locale`. Raises Refused for what cannot be compiled.

    `theme`: where it is known already.
    """
    make = making.made if version.no else making.compiled  # what is saved may be compiled already
    made = make(version, theme or versions.theme(conn, version.workspace_id))
    if reader_ is None:
        return Shown(None, fault="Nobody here has such a name or address. Choose another person.")
    data = person(reader_.row, campaign, NOBODYS_LINKS)
    data["locale"] = locale or data["locale"]
    try:
        letter = made.letter(data)
    except Unfilled as error:
        return Shown(reader_, fault=f"{reader_.name or reader_.email} would get nothing: {error}.")
    wanted = {*version.inline, *version.attached}
    listed = files.listed(conn, version.workspace_id, version.campaign_id) if wanted else ()
    there = [f for f in listed if f.id in wanted]
    findings = looked(made, letter, str(data["locale"] or ""), there)
    page = _LINK.sub(r"\1", _pictured(conn, version, letter.html))
    return Shown(reader_, letter, _in(page, dark=False), _in(page, dark=True), tuple(findings))


def _in(html: str, dark: bool) -> str:
    """HTML as a mail program in light or dark colours shows it, whatever the browser's own are."""
    scheme = "dark" if dark else "light"
    return html.replace(_DARK, "@media all" if dark else "@media not all").replace(
        "color-scheme: light dark", f"color-scheme: {scheme}"
    )


def _pictured(conn: Conn, version: Version, html: str) -> str:
    """Images of the mail itself as data, since a page has no parts to show them from."""
    if not version.inline or "cid:" not in html:
        return html
    images = {f.cid: f for f in files.enclosures(conn, version) if f.cid}

    def data(found: re.Match[str]) -> str:
        image = images.get(found[1])
        return f'src="data:{image.type};base64,{base64.b64encode(image.data).decode()}"' if image else found[0]

    return _CID.sub(data, html)


__all__ = ["Reader", "Shown", "reader", "reader_of", "shown_to"]
