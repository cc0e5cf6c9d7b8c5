"""Mail that came in and waits for a person: held or parked, with the reason, raw and read. Admins may look.

Every mail that came in has its page here, whatever became of it: entries and answers link to it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as AnyResponse

from engine.config import Settings
from engine.conversations import reading
from engine.errors import Invalid, NotFound
from engine.inbound import again as again_story
from engine.inbound import assign as assigning
from engine.inbound import marking
from engine.inbound.outcome import nothing_said
from engine.inbound.own import Own
from engine.inbound.queries import robots as marks
from engine.inbound.queries import waiting
from engine.inbound.queries.waiting import Opened, Which
from engine.people import standing
from web import auth, guard, shown, transaction
from web.views.deliveries import number, people, viewer_zone

blueprint = Blueprint("held", __name__, url_prefix="/held")
auth.for_admins(blueprint)  # a held mail may be anybody's words

STATES = {"": ("held", "parked"), "held": ("held",), "parked": ("parked",), "noted": ("noted",)}
SHOWN = 200_000  # bytes of source on the page; the download has all of it
PAGE = 50
SOME = 5  # people who wrote to us; their own page has all
WORDS = ("state", "reason", "sender", "since", "until", "person")


@blueprint.get("")
def index() -> str:
    """Held and parked mails, newest first, narrowed by the words of the URL; with ?state=noted what needs nobody.

    What newcomers wrote waits with them; ?person=7 is all that one of them wrote.
    """
    return _page()


@blueprint.get("/<int:inbound_id>")
def one(inbound_id: int) -> str:
    """One mail: why it waits, its source, and beside it what was read of it."""
    mail, w = _mail(inbound_id), auth.principal().workspace_id
    source = waiting.raw_head(transaction.conn(), w, inbound_id, SHOWN) or b""
    history = waiting.history(transaction.conn(), w, inbound_id)
    order, found = assigning.shown(transaction.conn(), mail)
    message = reading.of_mail(transaction.conn(), auth.principal(), inbound_id) if mail.mail.state == "routed" else None
    return render_template(
        "held_mail.html",
        opened=mail,
        mail=mail.mail,
        parsed=mail.parsed,
        entries=found,
        order=order,
        again=mail.mail.state in assigning.AGAIN,
        history=history,
        message=message,
        people=people([mail.assigned_by, *(step.actor for step in history)]),
        source=source.decode("utf-8", "replace"),
        cut=mail.size > SHOWN,
        zone=viewer_zone(),
    )


@blueprint.get("/<int:inbound_id>/source")
def source(inbound_id: int) -> Response:
    """The mail as it came, for a mail program: downloaded, never shown as a page."""
    response = make_response(_raw(inbound_id))
    response.headers["Content-Type"] = "message/rfc822"
    response.headers["Content-Disposition"] = f'attachment; filename="mail-{inbound_id}.eml"'
    return response


@blueprint.post("/<int:inbound_id>/again")
def again(inbound_id: int) -> AnyResponse:
    """Read it once more, after what was wrong has been mended."""
    transaction.follow(again_story.run_again(transaction.conn(), auth.principal(), inbound_id, transaction.now()))
    guard.note("inbound", inbound_id, f"mail {inbound_id}")
    flash("It is read again. If it is held once more, the reason is here in a moment.", "success")
    return redirect(url_for(".one", inbound_id=inbound_id), 303)


@blueprint.post("/again")
def all_again() -> AnyResponse | tuple[str, int]:
    """Read the ticked ones once more; this is how dismissing is taken back, too."""
    ids = _ticked()
    if not ids:
        return _page("Tick at least one mail first."), 422
    followup = again_story.run_all_again(transaction.conn(), auth.principal(), ids, transaction.now())
    transaction.follow(followup)
    if followup.inbound:
        guard.note("inbound", None, _numbered(followup.inbound))
    flash(f"{_are(len(followup.inbound))} read again. What is held once more is listed in a moment.", "success")
    return redirect(url_for(".index", **_words()), 303)


@blueprint.post("/dismiss")
def dismiss() -> AnyResponse | tuple[str, int]:
    """Nothing is to be done about the ticked ones; the next page can take that back."""
    ids = _ticked()
    if not ids:
        return _page("Tick at least one mail first."), 422
    done = again_story.dismiss(transaction.conn(), auth.principal(), ids, transaction.now())
    if done:
        guard.note("inbound", None, _numbered(done))
    return redirect(url_for(".index", dismissed=",".join(map(str, done)) or None, **_words()), 303)


@blueprint.post("/robot")
def mark_robot() -> AnyResponse | tuple[str, int]:
    """The senders of the ticked ones are robots: these, and their later mails, are noted."""
    ids = _ticked()
    if not ids:
        return _page("Tick at least one mail first."), 422
    try:
        done = marking.mark(transaction.conn(), auth.principal(), ids, transaction.now())
    except Invalid as error:
        return _page(str(error)), 422
    guard.note("robot", None, ", ".join(done.senders), _mails(len(done.mails)))
    flash(f"{', '.join(done.senders)}: {_are(len(done.mails))} noted, and so are later ones.", "success")
    return redirect(url_for(".robots"), 303)


@blueprint.get("/robots")
def robots() -> str:
    """The senders that people have marked, with the way back."""
    found = marks.listed(transaction.conn(), auth.principal().workspace_id)
    return render_template(
        "held_robots.html", robots=found, people=people(one.made_by for one in found), zone=viewer_zone()
    )


@blueprint.post("/robots/take-back")
def unmark_robot() -> AnyResponse:
    """It is no robot: what was noted of it is read again."""
    sender = request.form.get("sender", "")[:320]
    transaction.follow(marking.unmark(transaction.conn(), auth.principal(), [sender], transaction.now()))
    guard.note("robot", None, sender)
    flash(f"{sender} is no robot any more. What was noted of it is read again.", "success")
    return redirect(url_for(".robots"), 303)


@blueprint.get("/<int:inbound_id>/assign")
def choose(inbound_id: int) -> str | AnyResponse:
    """Choose the team, the member and the round that a mail answers, and see what it would become there."""
    return _choose(inbound_id)


@blueprint.post("/<int:inbound_id>/assign")
def assign(inbound_id: int) -> AnyResponse | tuple[str | AnyResponse, int]:
    """Take its words to the chosen round."""
    part_id = number(request.form.get("part"))
    if part_id is None:
        return _choose(inbound_id, "Choose a round first."), 422
    try:
        with transaction.step() as step:
            named, followup = assigning.assign(step, auth.principal(), inbound_id, part_id, transaction.now())
    except Invalid as error:
        return _choose(inbound_id, str(error)), 422
    transaction.follow(followup)
    about = f"{named.person}, {named.team}, {shown.short_day(named.local_date)}"
    guard.note("inbound", inbound_id, f"mail {inbound_id}", f"to {about}")
    flash(f"Its words go to {about}. It is read again; what comes of it is here in a moment.", "success")
    return redirect(url_for(".one", inbound_id=inbound_id), 303)


def _choose(inbound_id: int, wrong: str = "") -> str | AnyResponse:
    conn, who, mail, asked = transaction.conn(), auth.principal(), _mail(inbound_id), request.values
    if not wrong and not any(name in asked for name in ("team", "member", "part")) and (likely := _likeliest(mail)):
        return redirect(likely, 302)
    team, member, part = (number(asked.get(name)) for name in ("team", "member", "part"))
    options = assigning.options(conn, who, team, member)
    chosen = part if any(slot.id == part for slot in options.slots) else None
    shows = assigning.preview(conn, who, mail, chosen) if chosen is not None else None
    return render_template(
        "held_assign.html", mail=mail.mail, parsed=mail.parsed, options=options, team=team, member=member,
        part=chosen, shows=shows, named=shows.named if shows else None, why=asked.get("why", "")[:200], wrong=wrong,
        open=mail.mail.state in assigning.AGAIN, nothing=nothing_said(mail.parsed) if mail.parsed else "",
    )  # fmt: skip


def _likeliest(mail: Opened) -> str | None:
    """The page with the round that the mail most likely answers."""
    conn, who = transaction.conn(), auth.principal()
    guess = assigning.guess(conn, who, mail, Own.of(_settings()))
    if guess is None:
        return None
    named = assigning.preview(conn, who, mail, guess.part_id).named
    chosen: dict[str, Any] = {"team": named.team_id, "member": named.membership_id, "part": named.id, "why": guess.why}
    return url_for(".choose", inbound_id=mail.mail.id, **chosen)


def _page(wrong: str = "") -> str:
    conn, who, zone, words = transaction.conn(), auth.principal(), viewer_zone(), _words()
    until, person = shown.asked_day("until"), number(words.get("person"))
    writer = standing.one(conn, who, person) if person is not None else None
    states = STATES.get(words.get("state", ""), STATES[""])
    which = Which(
        states if writer is None or "state" in words else (), words.get("reason", ""), words.get("sender", ""),
        shown.begins(shown.asked_day("since"), zone),
        shown.begins(until + timedelta(days=1) if until else None, zone), number(request.args.get("before")), person,
    )  # fmt: skip
    found = waiting.unsettled(conn, who.workspace_id, which, PAGE + 1)
    first = which.before is None and not words
    return render_template(
        "held.html",
        mails=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        words=words,
        noted=which.states == ("noted",),
        people=standing.listed(conn, who, limit=SOME) if first else (),
        writer=writer,
        dismissed=[part for part in request.args.get("dismissed", "").split(",") if number(part)][: again_story.MOST],
        ticked=set(request.form.getlist("row")),
        wrong=wrong,
        zone=zone,
    )


def _words() -> dict[str, Any]:
    """The filter as words of a URL; a form carries the same fields."""
    found = {name: request.values.get(name, "")[:200].strip() for name in WORDS}
    return {name: value for name, value in found.items() if value}


def _ticked() -> list[int]:
    return [ident for value in request.form.getlist("row") if (ident := number(value)) is not None]


def _numbered(ids: tuple[int, ...]) -> str:
    return ("mail " if len(ids) == 1 else "mails ") + ", ".join(map(str, ids))


def _mails(count: int) -> str:
    return "1 mail" if count == 1 else f"{count:,} mails"


def _are(count: int) -> str:
    return f"{_mails(count)} {'is' if count == 1 else 'are'}"


def _mail(inbound_id: int) -> Opened:
    found = waiting.opened(transaction.conn(), auth.principal().workspace_id, inbound_id)
    if found is None:
        raise NotFound("There is no such mail.")
    return found


def _raw(inbound_id: int) -> bytes:
    found = waiting.raw_mail(transaction.conn(), auth.principal().workspace_id, inbound_id)
    if found is None:
        raise NotFound("There is no such mail.")
    return found


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found
