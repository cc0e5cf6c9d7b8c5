"""A campaign sent to oneself before anybody gets it: a notice to one person that says what a version says to another.

It goes the way of all notices, before everything else, and leaves the campaign's own numbers alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from engine.campaigns.content import files, making, versions
from engine.campaigns.content.persons import persons
from engine.campaigns.content.queries import versions as queries
from engine.db import Conn
from engine.errors import Invalid, NotFound
from engine.outbound import notices
from engine.outbound.drafts import Draft, LetterDraft, MailDraft, Row
from engine.outbound.notices import Sent
from engine.people import rights
from engine.people.principal import Principal

TEMPLATE = "campaign_test"  # no folder of templates: the version says it


def send_test(conn: Conn, principal: Principal, campaign_id: int, no: int, as_contact: int, now: datetime) -> Sent:
    """Mail a saved version to oneself, as `as_contact` would get it. Raises Unfilled, NotFound, NotAllowed."""
    rights.require(principal, "write_campaigns")
    if principal.contact_id is None:
        raise Invalid("Only a person who is signed in can send a test to themselves.")
    context = {"campaign_id": campaign_id, "no": no, "as": as_contact}
    _letter(conn, principal.workspace_id, context)  # what cannot be filled is said now, not in an hour
    return notices.send_notice(conn, principal.workspace_id, principal.contact_id, TEMPLATE, context, now)


def notice_mails(conn: Conn, workspace_id: int, rows: Sequence[Row]) -> Mapping[int, Draft]:
    """The Contents of runs of kind notice: those of engine.outbound.notices, and tests of campaigns."""
    drafts = dict(notices.notice_mails(conn, workspace_id, rows))
    for seq, draft in drafts.items():  # a test is a run of one
        if isinstance(draft, MailDraft) and draft.template == TEMPLATE:
            drafts[seq] = _draft(conn, workspace_id, draft)
    return drafts


def _draft(conn: Conn, workspace_id: int, notice: MailDraft) -> LetterDraft:
    version, letter = _letter(conn, workspace_id, notice.context)
    enclosed = files.enclosures(conn, version)
    return LetterDraft(f"[Test] {letter.subject}", letter.pieces, letter.text, notice.to_name, files=enclosed)


def _letter(
    conn: Conn, workspace_id: int, context: Mapping[str, int]
) -> tuple[versions.Version, making.Letter]:  # fmt: skip
    campaign = queries.campaign(conn, workspace_id, context["campaign_id"])
    version = versions.get(conn, workspace_id, context["campaign_id"], context["no"])
    found = persons(conn, workspace_id, [context["as"]], campaign.name if campaign else "")
    if context["as"] not in found:
        raise NotFound("There is no such person here. Choose another.")
    return version, making.made(version, versions.theme(conn, workspace_id)).letter(found[context["as"]])


__all__ = ["TEMPLATE", "notice_mails", "send_test"]
