"""Lists of people by what they did: opened, followed a link, left."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, not_, or_, select, union
from sqlalchemy.dialects.postgresql import distinct_on

from engine.campaigns.report.queries.lists import ROW, Rows, Scope, mails, within
from engine.models import Consent, Delivery, Hit, Leaving

LEFT_BY = "unsubscribe link of mail "  # and run.seq, as engine.campaigns.tracking.leaving writes it
LEFT_PAGE = "preferences page"
PREFERENCES = -2  # in the place of a link's id, as engine.campaigns.tracking.classes has it

_D = Delivery


def hit(of: Scope, what: ColumnElement[bool], taken_for: str) -> Rows:
    """Mails with such a hit whose best class is this one, human before likely before machine; or with any hit."""
    here = and_(Hit.run_id == _D.run_id, Hit.seq == _D.seq, what)
    if taken_for == "all":
        return mails(of, exists().where(here))
    better = {"human": (), "likely": ("human",), "machine": ("human", "likely")}[taken_for]
    conditions = [exists().where(here, Hit.taken_for == taken_for)]
    return mails(of, *conditions, *([not_(exists().where(here, Hit.taken_for.in_(better)))] if better else []))


def opened(of: Scope, taken_for: str) -> Rows:
    """Mails of which anything was asked for: who followed a link has opened it, whether its picture was fetched or
    not, and who pressed its unsubscribe link too."""
    return hit(of, literal(True), taken_for)


def clicked(of: Scope, taken_for: str, link_id: int | None = None) -> Rows:
    """Mails of which a link was followed, or this one."""
    return hit(of, Hit.link_id > 0 if link_id is None else Hit.link_id == link_id, taken_for)


def first_hit(of: Scope, clicks: bool, since: datetime, until: datetime) -> Rows:
    """Mails that a person opened, or clicked in, for the first time within a span of time."""
    here = and_(Hit.run_id == _D.run_id, Hit.seq == _D.seq, Hit.taken_for == "human")
    if clicks:
        here = and_(here, Hit.link_id > 0)
    return mails(of, exists().where(here, Hit.at >= since, Hit.at < until), not_(exists().where(here, Hit.at < since)))


def unsubscribed(of: Scope) -> Rows:
    """People who left by a mail of this campaign, and have not come back: by its link, by the preferences it leads to,
    or held in a burst and let go by an admin. Each once, with the first of their mails that it was."""
    s, names = Consent, literal(LEFT_BY)
    said = and_(
        s.workspace_id == of.workspace_id, s.contact_id == _D.recipient, s.channel == "mail", s.state == "withdrawn",
        s.topic_id.in_({0, of.topic_id}),
    )  # fmt: skip
    base = select(*ROW).where(within(_D, of), said)
    mine = names.concat(func.concat(_D.run_id, ".", _D.seq))
    prefixes = [s.evidence.like(f"{LEFT_BY}{run}.%") for run in of.runs]
    by_link = base.where(s.source == "person", s.evidence == mine, or_(false(), *prefixes))
    came = exists().where(Hit.run_id == _D.run_id, Hit.seq == _D.seq, Hit.link_id == PREFERENCES)
    by_page = base.where(s.source == "person", s.evidence == LEFT_PAGE, s.at >= of.since, came)
    gone = exists().where(
        Leaving.run_id == _D.run_id, Leaving.seq == _D.seq, Leaving.settled == "left", Leaving.topic_id == s.topic_id
    )
    both = union(by_link, by_page, base.where(s.source == "admin", gone)).subquery()
    one = select(both.c.contact_id, both.c.run_id, both.c.seq).ext(distinct_on(both.c.contact_id))
    return one.order_by(both.c.contact_id, both.c.run_id, both.c.seq)
