"""Conditions on other tables, each as the contacts they mean: a select of `id`, some of them more than once."""

from __future__ import annotations

from collections.abc import Callable
from operator import eq, ge, gt, le, lt
from typing import Any

from sqlalchemy import BigInteger, Select, any_, func, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from engine.campaigns.audience.queries.days import Days
from engine.campaigns.audience.syntax import Answered, Consent, Got, InTeam
from engine.models import Campaign, Delivery, Hit, Membership, Message, Participation, Run, Team, Topic
from engine.models import Consent as Said

Ids = Select[int]
GOT = ("sent", "delivered", "complained")  # it reached them; a doubt is none of these
PARTS = ("launch", "rest", "reminder")  # of a campaign: not its tests, not single letters
_COUNTS: dict[str, Callable[[Any, Any], Any]] = {
    "less than": lt, "at most": le, "exactly": eq, "at least": ge, "more than": gt,
}  # fmt: skip


def in_team(one: InTeam, days: Days) -> Ids:
    """Who is in a team today."""
    found = select(Membership.contact_id.label("id")).where(
        Membership.workspace_id == days.workspace_id, Membership.left_at.is_(None)
    )
    if one.team is not None:
        found = found.where(Membership.team_id.in_(_teams(one.team, days)))
    if one.role is not None:
        found = found.where(Membership.role == one.role)
    return found


def consent(one: Consent, days: Days) -> Ids:
    """Who said this of a channel or topic; with state unknown, who said anything of it."""
    topic = select(Topic.id).where(Topic.workspace_id == days.workspace_id, Topic.name == one.topic)
    # A topic that is not there is nobody's: -1, for 0 is the channel as a whole.
    number = 0 if one.topic is None else func.coalesce(topic.scalar_subquery(), -1)
    found = select(Said.contact_id.label("id")).where(
        Said.workspace_id == days.workspace_id, Said.channel == one.channel, Said.topic_id == number
    )
    return found if one.state == "unknown" else found.where(Said.state == one.state)


def answered(one: Answered, days: Days) -> Ids:
    """Who answered so many of the newest rounds that are over for them; rounds they were excused from do not count.

    The newest of each membership come from the index, a few rows each; the newest of a person are among them.
    """
    part = (
        select(Participation.id, Participation.local_date, Participation.state)
        .where(Participation.membership_id == Membership.id, Participation.state.in_(("answered", "missed")))
        .order_by(Participation.local_date.desc()).limit(one.rounds).correlate(Membership).lateral("part")
    )  # fmt: skip
    newest = func.row_number().over(
        partition_by=Membership.contact_id, order_by=(part.c.local_date.desc(), part.c.id.desc())
    )
    ranked = (
        select(Membership.contact_id.label("id"), part.c.state, newest.label("no")).join(part, true())
        .where(Membership.workspace_id == days.workspace_id, Membership.left_at.is_(None))
    )  # fmt: skip
    if one.team is not None:
        ranked = ranked.where(Membership.team_id.in_(_teams(one.team, days)))
    rows = ranked.subquery()
    counted = func.count().filter(rows.c.state == "answered")
    wanted = _COUNTS[one.op](counted, one.count)
    return select(rows.c.id).where(rows.c.no <= one.rounds).group_by(rows.c.id).having(wanted)


def got(one: Got, days: Days) -> Ids:
    """Whom a campaign reached, by the ledger."""
    found = select(Delivery.recipient.label("id")).where(
        Delivery.run_id == any_(_runs(one, days)), Delivery.state.in_(GOT)
    )
    if one.since is not None:
        found = found.where(Delivery.sent_at >= days.start(one.since))
    return found


def acted(one: Got, days: Days) -> list[Ids]:
    """Who did one of the acts with what they got: by hits that a person made, and by messages that answer it."""
    ids: list[Ids] = []
    if {"open", "click"} & {*one.acts}:
        ids.append(_hit(one, days))
    if "reply" in one.acts:
        ids.append(_replied(one, days))
    return ids


def _hit(one: Got, days: Days) -> Select[Any]:
    """Whoever followed a link has opened the mail, whether its picture was fetched or not."""
    found = select(Hit.contact_id.label("id")).where(
        Hit.run_id == any_(_runs(one, days)), Hit.taken_for == "human", Hit.contact_id.is_not(None)
    )
    if "open" not in one.acts:
        found = found.where(Hit.link_id > 0)  # 0 is the hidden link, NULL the picture
    if one.since is None:
        return found
    sent = (Delivery.run_id == Hit.run_id) & (Delivery.seq == Hit.seq)
    return found.join(Delivery, sent).where(Delivery.sent_at >= days.start(one.since))


def _replied(one: Got, days: Days) -> Select[Any]:
    found = select(Message.author_id.label("id")).where(
        Message.workspace_id == days.workspace_id, Message.author_kind == "contact", Message.deleted_at.is_(None),
        Message.author_id.is_not(None), Message.campaign_id.in_(_campaigns(one, days)),
    )  # fmt: skip
    return found if one.since is None else found.where(Message.at >= days.start(one.since))


def _runs(one: Got, days: Days) -> Any:
    """The runs of the campaigns that are meant, as one array: it is made once, and deliveries are read in parallel."""
    found = select(Run.id).where(
        Run.workspace_id == days.workspace_id, Run.kind == "campaign", Run.part.in_(PARTS),
        Run.campaign_id.in_(_campaigns(one, days)),
    )  # fmt: skip
    return func.array(found.scalar_subquery(), type_=ARRAY(BigInteger))


def _campaigns(one: Got, days: Days) -> Ids:
    """The campaigns that are meant: names are not unique, so a name means every campaign that has it."""
    found = select(Campaign.id).where(Campaign.workspace_id == days.workspace_id)
    if one.campaign is None:
        return found
    return found.where(Campaign.id == one.campaign if isinstance(one.campaign, int) else Campaign.name == one.campaign)


def _teams(name: str, days: Days) -> Ids:
    return select(Team.id).where(Team.workspace_id == days.workspace_id, Team.name == name)


__all__ = ["GOT", "PARTS", "acted", "answered", "consent", "got", "in_team"]
