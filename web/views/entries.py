"""What a team has written: by day, searched and narrowed, as files; and each entry changed, removed, restored.

Members read, and change what they wrote; managers change everything. Every change leaves what the entry said before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import db
from engine.errors import Invalid, NotAllowed, NotFound
from engine.inbound import amend, commenting
from engine.inbound.queries import finding, remarking
from engine.inbound.queries.finding import Which
from engine.people import access, teams
from engine.people.principal import Principal
from web import auth, entry_files, guard, transaction
from web.entry_files import Line, OnDay
from web.entry_filter import KINDS, number, which_of, words_of
from web.entry_view import days_of, question_of, said_of
from web.views.deliveries import people, viewer_zone

blueprint = Blueprint("entries", __name__, url_prefix="/teams")

Page = str | tuple[str, int]
PAGE = 100
AT_ONCE = 500  # entries that a download reads in one statement


@blueprint.get("/<int:team_id>/entries")
def index(team_id: int) -> str:
    """The entries of a filter, all of it in the URL. `edit`: the one to be written anew, in its place; `comment`: the
    one, and `say` the day, to write about."""
    return listed(team_id, request.args)


def listed(team_id: int, args: Mapping[str, str], typed: str = "", wrong: str = "") -> str:
    """The page; with the comment that was typed, and why it was refused."""
    conn, who = transaction.conn(), auth.principal()
    team, role = teams.get_with_role(conn, who, team_id)
    words = words_of(args)
    writers = finding.people(conn, who.workspace_id, team_id)
    which = which_of(words, _own(who, writers, role))
    after = number(args.get("after", ""))
    rows = finding.found(conn, who.workspace_id, team_id, which, PAGE + 1, after)
    return render_template(
        "entries.html", team=team, manager=role == "manager", words=words, after=after,
        days=days_of(
            rows[:PAGE], which.words, lambda row: _may(who, row, role),
            remarking.about(conn, who.workspace_id, team_id, rows[:PAGE], days=not words),
        ),
        total=finding.counted(conn, who.workspace_id, team_id, which),
        more=rows[PAGE - 1].no if len(rows) > PAGE else None, writers=writers, kinds=KINDS,
        choices=finding.choices(conn, who.workspace_id, team_id),
        editing=number(args.get("edit", "")), unsaid=number(args.get("unsaid", "")),
        gone=number(args.get("gone", "")), zone=viewer_zone(),
        writer=commenting.writer(conn, who, team_id), about=number(args.get("comment", "")), say=args.get("say", ""),
        typed=typed, wrong=wrong,
    )  # fmt: skip


@blueprint.get("/<int:team_id>/entries/<int:entry_id>")
def one(team_id: int, entry_id: int) -> Page:
    """One entry with its history, for its author and those who manage the team."""
    return _page(team_id, entry_id)


@blueprint.post("/<int:team_id>/entries/<int:entry_id>/edit")
def edit(team_id: int, entry_id: int) -> Page | AnyResponse:
    """Write an entry anew; a refused text comes back as it was typed."""
    text = request.form.get("text", "")
    try:
        changed = _change(team_id, entry_id, lambda conn, who, now: amend.edit(conn, who, entry_id, text, now))
    except Invalid as error:
        return _page(team_id, entry_id, text, str(error))
    flash("Saved. What it said before is in its history." if changed else "Nothing was changed.", "success")
    return _back(team_id, entry_id)


@blueprint.post("/<int:team_id>/entries/<int:entry_id>/remove")
def remove(team_id: int, entry_id: int) -> AnyResponse:
    """Take an entry away; the page after it offers to put it back."""
    _change(team_id, entry_id, lambda conn, who, now: amend.remove(conn, who, entry_id, now))
    return _back(team_id, entry_id, gone=True)


@blueprint.post("/<int:team_id>/entries/<int:entry_id>/restore")
def restore(team_id: int, entry_id: int) -> AnyResponse:
    """Put a removed entry back."""
    if _change(team_id, entry_id, lambda conn, who, now: amend.restore(conn, who, entry_id, now)):
        flash("It is back.", "success")
    return _back(team_id, entry_id)


@blueprint.get("/<int:team_id>/entries.csv")
def as_csv(team_id: int) -> Response:
    """Every entry of the filter as a sheet."""
    name, _, rows = _file(team_id)
    return entry_files.sheet(name, rows, viewer_zone())


@blueprint.get("/<int:team_id>/entries.md")
def as_markdown(team_id: int) -> Response:
    """Every entry of the filter as Markdown, by day and person."""
    name, team, rows = _file(team_id)
    return entry_files.paper(name, f"{team}: entries", rows)


def _file(team_id: int) -> tuple[str, str, Iterator[Line | OnDay]]:
    """A file's name, the team's, and the rows of the filter, read while the answer is on its way."""
    conn, who = transaction.conn(), auth.principal()
    role = access.require_seeing(conn, who, team_id)
    which = which_of(words_of(request.args), _own(who, finding.people(conn, who.workspace_id, team_id), role))
    total, team = finding.counted(conn, who.workspace_id, team_id, which), teams.get(conn, who, team_id).name
    name = entry_files.name(team, which.first or total.first_day, which.last or total.last_day)
    days = not words_of(request.args)  # as on the page: a filter looks for entries, and days are nothing that it finds
    return name, team, _rows(who.workspace_id, team_id, which, days)


def _rows(workspace_id: int, team_id: int, which: Which, days: bool) -> Iterator[Line | OnDay]:
    after: int | None = None
    day: date | None = None
    on_days: dict[date, list[Any]] = {}
    while True:
        with db.begin() as conn:
            rows = finding.found(conn, workspace_id, team_id, which, AT_ONCE, after)
            said = remarking.about(conn, workspace_id, team_id, rows, days=days)
        on_days |= said.on_days
        for row in rows:
            if day is not None and row.local_date != day:
                yield OnDay(day, on_days.pop(day, ()))
            day = row.local_date
            yield row, said.on_entries.get(row.id, ())
        if len(rows) < AT_ONCE:
            break
        after = rows[-1].no
    if day is not None:
        yield OnDay(day, on_days.get(day, ()))


def _own(who: Principal, writers: Any, role: str) -> int | None:
    """Whose removed entries may be listed: everybody's for managers, one's own for others (-1: nobody's)."""
    if role == "manager":
        return None
    return next((writer.id for writer in writers if writer.contact_id == who.contact_id), -1)


def _may(who: Principal, row: Any, role: str) -> bool:
    return amend.may_amend(who, (row.membership_id, row.contact_id), role)


def _entry(team_id: int, entry_id: int) -> Any:
    """The entry's row and the reader's role, for who may see its history. Raises NotFound, NotAllowed."""
    conn, who = transaction.conn(), auth.principal()
    role = access.require_seeing(conn, who, team_id)
    row = finding.one(conn, who.workspace_id, team_id, entry_id)
    if row is None:
        raise NotFound("There is no such entry here.")
    if not _may(who, row, role):
        raise NotAllowed("What an entry said before is for its author and the managers of the team.")
    return row


def _change(team_id: int, entry_id: int, act: Any) -> bool:
    """Do `act` to an entry of this team, and record it; False when there was nothing to change."""
    who, now = auth.principal(), transaction.now()
    row = _entry(team_id, entry_id)
    with transaction.step() as conn:
        before = len(finding.changes(conn, who.workspace_id, entry_id))
        transaction.follow(act(conn, who, now))
        changed = len(finding.changes(conn, who.workspace_id, entry_id)) > before
    if changed:
        guard.note("entry", entry_id, row.name, teams.get(transaction.conn(), who, team_id).name)
    return changed


def _back(team_id: int, entry_id: int, gone: bool = False) -> AnyResponse:
    """The list as it was, at the entry; or the entry's own page, where the form was there."""
    back = request.form.get("back", "")
    if back == "history":
        return redirect(url_for(".one", team_id=team_id, entry_id=entry_id), 303)
    listed: dict[str, Any] = {**words_in(back), **({"gone": entry_id} if gone else {"_anchor": f"e{entry_id}"})}
    return redirect(url_for(".index", team_id=team_id, **listed), 303)


def words_in(back: str) -> dict[str, str]:
    """The filter and the place in it, as the form carried them."""
    said: Mapping[str, str] = dict(parse_qsl(back))
    place = number(said.get("after", ""))
    return {**words_of(said), **({"after": str(place)} if place is not None else {})}


def _page(team_id: int, entry_id: int, typed: str | None = None, wrong: str = "") -> Page:
    """An entry's own page; with what was typed and why it was refused."""
    conn, who = transaction.conn(), auth.principal()
    row = _entry(team_id, entry_id)
    changes = finding.changes(conn, who.workspace_id, entry_id)
    own = (who.actor, f"membership:{row.membership_id}")
    may_restore = access.team_role(conn, who, team_id) == "manager" or any(c.actor in own for c in changes[-1:])
    page = render_template(
        "entry.html", team=teams.get(conn, who, team_id), row=row, entry=said_of(row, which_of({}).words, True),
        may_restore=may_restore, question=question_of(row), typed=typed, wrong=wrong,
        changes=list(reversed(changes)), names=people(change.actor for change in changes), zone=viewer_zone(),
        kinds=KINDS, listed=words_in(request.values.get("back", "")),
    )  # fmt: skip
    return (page, 422) if wrong else page
