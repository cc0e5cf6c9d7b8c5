"""Deliveries in doubt: with what was said on the wire, and what a person knows of them. Admins of the workspace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from engine import db
from engine.config import Settings
from engine.errors import Invalid
from engine.outbound.kinds import KINDS
from engine.outbound.settle import doubts
from engine.outbound.settle.doubts import Group, Which
from web import auth, guard, sheets, shown, transaction
from web.confirm import unsure
from web.views.deliveries import number, people, viewer_zone

blueprint = Blueprint("doubts", __name__, url_prefix="/doubts")
auth.for_admins(blueprint)

Page = str | tuple[str, int] | AnyResponse
HEAD = (
    "run", "no", "kind", "policy", "address", "name", "provider", "cause", "relay", "queue id", "attempt",
    "sent again", "said",
)  # fmt: skip
NOTHING = "Tick at least one delivery first."
TWICE = "Whoever has the mail already gets it twice; it keeps its Message-ID, and each is listed as a second attempt."
ACTS = {  # the question, what follows, the button
    "arrived": ("Mark {n} as arrived?", "They count as sent; you can take it back here.", "They arrived"),
    "resend": ("Send {n} once more?", TWICE, "Send once more"),
    "give-up": ("Give up {n}?", "They count as failed; you can take it back here.", "Give them up"),
}


@blueprint.get("")
def index() -> str:
    """The list; every word of the filter is in the URL."""
    return _page()


@blueprint.get("/list.csv")
def as_csv() -> Response:
    """The doubts of the filter, with what was said."""
    which, zone, after = _which(), viewer_zone(), _settings().doubt_after
    head = (*HEAD, f"in doubt since ({zone})", "in doubt since (UTC)")
    return sheets.download("doubts", head, _rows(which, zone, after))


def _rows(which: Which, zone: str, after: float) -> Iterator[tuple[object, ...]]:
    before: tuple[int, int] | None = None
    while True:
        with db.begin() as conn:
            found = doubts.listed(conn, which, after, 1000, before)
        for d in found:
            yield (
                d.run_id, d.seq, d.kind, d.policy, d.address, d.name, d.provider, d.why, d.relay, d.queue_id,
                d.attempt + 1, d.resends, d.transcript, shown.local(d.at, zone), shown.local(d.at, "UTC"),
            )  # fmt: skip
        if len(found) < 1000:
            return
        before = (found[-1].run_id, found[-1].seq)


@blueprint.post("")
def settle() -> Page:
    """Mark as arrived, send once more or give up: the ticked ones, or all that the filter shows. Asks with numbers."""
    conn, who, now, after = transaction.conn(), auth.principal(), transaction.now(), _settings().doubt_after
    act = request.form.get("act", "")
    which = _which(None if request.form.get("scope") == "all" else _ticked("row"))
    if act not in ACTS or which.rows == ():
        return _page(NOTHING), 422
    if page := _ask(act, doubts.counted(conn, which, after)):
        return page
    if act == "resend":
        try:
            with transaction.step() as step:
                sent = doubts.resend(step, which, now, who.actor, after)
        except Invalid as error:
            return _page(str(error)), 422
        transaction.follow(sent.followup)
        guard.note("run", which.run_id, _deliveries(sent.rows), "sent once more")
        return _back(f"{_deliveries(sent.rows)} sent once more." + _young(sent.young))
    ruled = doubts.arrived if act == "arrived" else doubts.give_up
    done = ruled(conn, which, now, who.actor)
    guard.note("run", which.run_id, _deliveries(done), "arrived" if act == "arrived" else "given up")
    return _back(f"{_deliveries(done)} {'marked as arrived' if act == 'arrived' else 'given up'}.")


@blueprint.post("/take-back")
def take_back() -> AnyResponse:
    """Undo a word about a doubt, where nothing has followed it."""
    who = auth.principal()
    rows = _ticked("row")
    done = doubts.take_back(transaction.conn(), rows, who.workspace_id, transaction.now(), who.actor)
    if done:
        guard.note("", None, ", ".join(f"{run}.{seq}" for run, seq in rows))
    return _back("It is in doubt again." if done else "Too late: something has followed it. Look at its timeline.")


def _ask(act: str, groups: Sequence[Group]) -> str | None:
    ask, then, yes = ACTS[act]
    count, young = sum(g.n for g in groups), sum(g.young for g in groups)
    runs = len({g.run_id for g in groups})
    if act == "resend":
        count, then = count - young, then + _young(young)
    then = f"Of {'1 run' if runs == 1 else f'{runs} runs'}. {then}"
    return unsure(ask.format(n=_deliveries(count)), then, yes, url_for(".index", **_words()), danger=act != "arrived")


def _young(young: int) -> str:
    if not young:
        return ""
    minutes = round(_settings().doubt_after / 60)
    return f" {young} younger than {minutes} minutes stay in doubt: their first copy may still arrive."


def _page(wrong: str = "") -> str:
    conn, who, after = transaction.conn(), auth.principal(), _settings().doubt_after
    which, place = _which(), (number(request.args.get("before_run")), number(request.args.get("before_seq")))
    before = (place[0], place[1]) if place[0] is not None and place[1] is not None else None
    found = doubts.listed(conn, which, after, doubts.PAGE + 1, before)
    everything = doubts.counted(conn, Which(who.workspace_id), after)
    fitting = everything if which == Which(who.workspace_id) else doubts.counted(conn, which, after)
    settled = doubts.settled(conn, who.workspace_id)
    return render_template(
        "doubts.html",
        found=found[: doubts.PAGE],
        more=found[doubts.PAGE - 1] if len(found) > doubts.PAGE else None,
        groups=everything,
        count=sum(g.n for g in fitting),
        words=_words(),
        ticked=set(request.form.getlist("row")),
        kinds=tuple(KINDS),
        providers=sorted({g.provider for g in everything}),
        causes=doubts.CAUSES,
        settled=settled,
        people=people(one.actor for one in settled),
        minutes=round(after / 60),
        wrong=wrong,
        zone=viewer_zone(),
    )


def _words() -> dict[str, Any]:
    """The filter as words of a URL; a form carries the same fields."""
    found = {name: request.values.get(name, "")[:320] for name in ("run", "kind", "provider", "cause")}
    return {name: value for name, value in found.items() if value}


def _which(rows: tuple[tuple[int, int], ...] | None = None) -> Which:
    words = _words()
    return Which(
        auth.principal().workspace_id, number(words.get("run")), words.get("kind", ""), words.get("provider", ""),
        words.get("cause", ""), rows,
    )  # fmt: skip


def _ticked(name: str) -> tuple[tuple[int, int], ...]:
    pairs = [value.partition(".") for value in request.form.getlist(name)]
    numbers = [(number(run), number(seq)) for run, _, seq in pairs]
    return tuple((run, seq) for run, seq in numbers if run is not None and seq is not None)


def _deliveries(count: int) -> str:
    return "1 delivery" if count == 1 else f"{count:,} deliveries"


def _back(said: str) -> AnyResponse:
    flash(said, "success")
    return redirect(url_for(".index", **_words()), 303)


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found
