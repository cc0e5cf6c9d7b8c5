"""Somebody with a signed link: who they are, how their membership stands, and what an act of theirs does. No password:
the token is the right.

The token opens one membership. A link in a mail also names that mail. GETs change nothing that anybody chose, since
mail scanners follow links; what a GET may write is evidence: a mail in doubt whose link is followed has arrived.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from engine.errors import Invalid, NotFound
from engine.outbound.settle import doubts
from engine.people.principal import Principal
from engine.rounds import own_days
from engine.rounds.queries import pages
from engine.rounds.queries.pages import OwnSettings
from engine.tokens import Purpose, read_name
from web import auth, forms, guard, track, transaction

blueprint = Blueprint("me", __name__)

Page = str | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Visit:
    """Who came by which token, and their settings as they are at the start of the request."""

    token: str
    who: Principal
    me: OwnSettings

    @property
    def membership_id(self) -> int:
        """Whose pages these are."""
        return self.me.membership_id

    def note(self, detail: str = "") -> None:
        """Record the act that the route is."""
        guard.note("membership", self.membership_id, self.me.team, detail, who=self.who)

    def settings_now(self) -> OwnSettings:
        """The settings as the request has left them."""
        return _settings(self.who)

    def page(self, template: str, **values: Any) -> str:
        """One of their pages."""
        return render_template(template, token=self.token, me=self.me, now=transaction.now(), **values)

    def to(self, endpoint: str, anchor: str = "", **words: Any) -> Response:
        """Send them to one of their pages after an act; `words` go into its query string."""
        return redirect(url_for(endpoint, token=self.token, _anchor=anchor or None, **words), 303)


def visit(token: str, purpose: Purpose = Purpose.MEMBER) -> Visit:
    """The holder of a link. Raises TokenError for one that is not ours, NotFound when team or person are gone."""
    who = auth.link_principal(token, purpose)
    return Visit(token, who, _settings(who))


def _settings(who: Principal) -> OwnSettings:
    found = pages.own_settings(transaction.conn(), who.workspace_id, who.membership_id or 0)
    if found is None:
        raise NotFound("This link's team or person is gone.")
    return found


def page(rule: str) -> Callable[[Callable[..., Page]], Callable[..., Page]]:
    """A page at `rule` behind the link, and behind the link of a mail. Who has left is told so, and sees nothing more.

    `rule` is empty for the first page, or begins with a slash; the view is given what it has in angle brackets.
    """

    def put(view: Callable[..., Page]) -> Callable[..., Page]:
        def shown(token: str, name: str = "", **place: int) -> Page:
            here = visit(token)
            visited(here, name)
            return left(here) if here.me.left_at is not None else view(here, **place)

        for path in ("/me/<token>", "/me/<token>/mail/<name>"):
            blueprint.add_url_rule(path + rule, view.__name__, shown, methods=["GET"])
        return view

    return put


def left(here: Visit) -> Page:
    """All that somebody sees of a team that they have left."""
    now = transaction.now()
    back = own_days.may_come_back(transaction.conn(), here.who, here.membership_id, now)
    return here.page("me_left.html", back=back)


def filled(here: Visit, form: FlaskForm, act: Callable[[], str], after: Response, again: Callable[[], Page]) -> (
    Page | Response
):  # fmt: skip
    """Do what a form asks for: say what `act` returns and go on to `after`. A refusal comes back with what was typed.

    `again` makes the page with the form as it is; what `act` wrote before it raised Invalid is taken back.
    """
    if here.me.left_at is not None:
        return left(here)
    if form.validate():
        try:
            with transaction.step():
                said = act()
            flash(said, "success")
            return after
        except Invalid as error:
            forms.refuse(form, error)
    shown = again()
    return (shown, 422) if isinstance(shown, str) else shown


def visited(here: Visit, name: str) -> None:
    """A link was followed, by a person or by a scanner that reads their mail: either shows that the mail is there.

    This is evidence about a delivery in doubt, no change of what anybody chose; a HEAD, which shows nobody anything,
    proves nothing. Who followed a link, and when, is written only where the workspace tracks its questions and digests
    and the person does not mind, as for the links of campaigns.
    """
    if request.method == "GET":
        prove(here, name, "click")
    track.visited(here.me.workspace_id, here.membership_id, name)


def prove(here: Visit, name: str, how: doubts.How) -> None:
    """Whoever uses the link of a mail has that mail. A name that is not ours, or another member's, says nothing."""
    found = read_name(auth.keys(), name)
    if found is not None:
        doubts.proved_by_member(
            transaction.conn(), *found, how, transaction.now(),
            workspace_id=here.me.workspace_id, membership_id=here.membership_id,
        )  # fmt: skip
