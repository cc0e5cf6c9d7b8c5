"""Versions of a campaign's content: each save makes one, and going back makes one more. None is ever changed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from engine import move
from engine.campaigns.content import making
from engine.campaigns.content.language.known import Known
from engine.campaigns.content.queries import versions as queries
from engine.campaigns.content.sheet import FORMATS, Theme, Written
from engine.campaigns.content.version import Version
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.people import rights, workspaces
from engine.people.principal import Principal

MOST_LOCALES = 20
LISTED = 100
OPEN = ("draft", "review", "approved", "scheduled")  # states in which content may change; the last three end by it
_LOCALE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_GONE = "There is no such campaign here. It may have been removed."


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be saved: texts by locale ("" is everybody else's), and ids of files."""

    texts: Mapping[str, Written]
    attached: tuple[int, ...] = ()
    inline: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Listed:
    """A version in the list."""

    no: int
    subject: str
    format: str
    made_at: datetime
    author: str
    size: int
    variants: int = field(default=0)


def theme(conn: Conn, workspace_id: int) -> Theme:
    """The theme of a workspace."""
    return Theme(workspaces.get(conn, workspace_id).name)


def get(conn: Conn, workspace_id: int, campaign_id: int, no: int) -> Version:
    """One version. Raises NotFound."""
    row = queries.version(conn, workspace_id, campaign_id, no)
    if row is None:
        raise NotFound("There is no such version of this campaign.")
    own = Written(row.subject, row.body, row.preheader, row.format)
    texts = {"": own}
    for locale, said in row.variants.items():
        texts[locale] = replace(own, **said, language=locale)
    files = {name: tuple(map(int, row.files.get(name, ()))) for name in ("attached", "inline")}
    known = Known.of(row.kinds)
    return Version(workspace_id, campaign_id, no, texts, **files, known=known, made_by=row.made_by, made_at=row.made_at)


@dataclass(frozen=True, slots=True)
class Named:
    """A campaign as the pages of its content show it."""

    id: int
    name: str
    state: str


def named(conn: Conn, workspace_id: int, campaign_id: int) -> Named:
    """The campaign. Raises NotFound."""
    row = queries.campaign(conn, workspace_id, campaign_id)
    if row is None:
        raise NotFound(_GONE)
    return Named(row.id, row.name, row.state)


def latest(conn: Conn, workspace_id: int, campaign_id: int) -> Version | None:
    """The version that would be sent; None before the first. Raises NotFound for an unknown campaign."""
    campaign = queries.campaign(conn, workspace_id, campaign_id)
    if campaign is None:
        raise NotFound(_GONE)
    return get(conn, workspace_id, campaign_id, campaign.version_no) if campaign.version_no else None


def drafted(conn: Conn, workspace_id: int, campaign_id: int, draft: Draft) -> Version:
    """A draft as a version that is not saved, with number 0. Raises Invalid for what cannot be one."""
    _check(draft)
    known = Known.of(queries.kinds(conn, workspace_id))
    return Version(workspace_id, campaign_id, 0, draft.texts, draft.attached, draft.inline, known)


def save(conn: Conn, principal: Principal, campaign_id: int, draft: Draft, now: datetime) -> Version:
    """Save a draft as the next version. Raises Refused with its faults, Invalid, NotFound, NotAllowed.

    A campaign that was up for approval, approved or scheduled is a draft again: nobody has agreed to this.
    """
    rights.require(principal, "write_campaigns")
    workspace_id = principal.workspace_id
    campaign = queries.campaign(conn, workspace_id, campaign_id, lock=True)
    if campaign is None:
        raise NotFound(_GONE)
    if campaign.state not in OPEN:
        raise Invalid("This campaign is under way, so what it says stays as it is. Make a new one to say more.")
    version = drafted(conn, workspace_id, campaign_id, draft)
    making.compiled(version, theme(conn, workspace_id))
    _check_files(conn, version)
    no = queries.insert_version(conn, workspace_id, campaign_id, _row(version), principal.actor, now)
    if campaign.state != "draft":
        move.by_ids(conn, "campaign", "change", [campaign_id], now, actor=principal.actor, note=f"version {no}")
    return get(conn, workspace_id, campaign_id, no)


def restore(conn: Conn, principal: Principal, campaign_id: int, no: int, now: datetime) -> Version:
    """Save an old version once more, as the newest. Raises what `save` raises: fields may be gone since."""
    old = get(conn, principal.workspace_id, campaign_id, no)
    return save(conn, principal, campaign_id, Draft(old.texts, old.attached, old.inline), now)


def listed(conn: Conn, workspace_id: int, campaign_id: int) -> Sequence[Listed]:
    """The latest versions, newest first."""
    rows = queries.listed(conn, workspace_id, campaign_id, LISTED)
    return [Listed(r.no, r.subject, r.format, r.made_at, r.author, r.size, r.variants) for r in rows]


def _check(draft: Draft) -> None:
    if "" not in draft.texts:
        raise Invalid("A campaign has a text for whoever has no language of their own in it.", "body")
    if draft.texts[""].format not in FORMATS:
        raise Invalid("Choose Markdown, HTML or MJML.", "format")
    if len(draft.texts) > MOST_LOCALES + 1:
        raise Invalid(f"A campaign has at most {MOST_LOCALES} further languages.", "locale")
    for locale in draft.texts:
        if locale and not _LOCALE.fullmatch(locale):
            raise Invalid(f"“{locale[:20]}” is no language. Write it as de, pt-BR or zh-Hant.", "locale")


def _check_files(conn: Conn, version: Version) -> None:
    wanted = {*version.attached, *version.inline}
    found = queries.files(conn, version.workspace_id, version.campaign_id, sorted(wanted)) if wanted else ()
    if len(found) != len(wanted):
        raise Invalid("One of the files is gone. Add it again.", "files")


def _row(version: Version) -> dict[str, Any]:
    own = version.own
    variants = {
        locale: {"subject": said.subject, "preheader": said.preheader, "body": said.body}
        for locale, said in version.texts.items() if locale
    }  # fmt: skip
    row = {name: value for name, value in asdict(own).items() if name != "language"}
    return {**row, "variants": variants, "files": {"attached": version.attached, "inline": version.inline}}


__all__ = [
    "Draft",
    "Listed",
    "Named",
    "Version",
    "drafted",
    "get",
    "latest",
    "listed",
    "named",
    "restore",
    "save",
    "theme",
]
