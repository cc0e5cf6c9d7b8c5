"""A campaign under way: paused, resumed, cancelled, taken back. All of it is what engine.outbound.stop does to its runs
(H11: within one batch), and the campaign's own state with it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from engine import move
from engine.campaigns import windows
from engine.campaigns.campaigns import Campaign, locked
from engine.campaigns.freeze import USEFUL, wishes_of
from engine.campaigns.launch import CANARY
from engine.campaigns.queries import flying, rows
from engine.db import Conn
from engine.errors import IllegalMove, Invalid
from engine.outbound import stop
from engine.people import rights
from engine.people.principal import Principal

LEFT = "Some of it has left, so it cannot be taken back any more. Cancel it: what has not left will not leave."


def pause(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> None:
    """Nothing more leaves until somebody resumes it. Raises IllegalMove for one that is not under way."""
    rights.require(principal, "launch_campaigns")
    of = locked(conn, principal, campaign_id)
    move.one(conn, "campaign", of.id, "pause", now, actor=principal.actor, values={"reason": ""})
    for run_id in flying.runs(conn, of.id, ("open",)):  # the launch, and perhaps a send of the rest
        with suppress(IllegalMove):  # it ended meanwhile; the others must not go on for that
            stop.pause(conn, run_id, now, principal.actor)


def resume(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> None:
    """Let it go on: nobody is skipped, nobody gets it twice, and throttle and quiet hours are reckoned anew from now;
    who left just before fills the throttle still, so that pauses make it no faster.

    From a hold this is a person's word over the engine's: a canary's others are let go, and what went wrong until now
    holds it no more. A canary that was out when it was paused is out again.
    """
    rights.require(principal, "launch_campaigns")
    of = locked(conn, principal, campaign_id)
    move.one(conn, "campaign", of.id, "resume", now, actor=principal.actor, values={"reason": ""})
    for run_id in flying.runs(conn, of.id, ("paused", "held")):
        stop.resume(conn, run_id, now, principal.actor)
    _goes_on(conn, of, now)


def resumed(conn: Conn, of: Campaign, now: datetime) -> None:
    """Somebody let its runs go on from their own pages: so it goes on, as if they had resumed it."""
    move.one(conn, "campaign", of.id, "resume", now, note="its run was resumed", values={"reason": ""})
    _goes_on(conn, of, now)


def _goes_on(conn: Conn, of: Campaign, now: datetime) -> None:
    let_go(conn, of, now, everybody=of.state == "holding")
    if of.state == "paused" and flying.waits_for_canary(conn, of.run_id or 0):
        move.one(conn, "campaign", of.id, "hold", now, note=CANARY, values={"reason": CANARY})


def let_go(conn: Conn, of: Campaign, now: datetime, *, everybody: bool) -> None:
    """Give the batches that wait the instants at which they may leave from now on. All runs share one throttle.

    `everybody`: those too that waited for the canary.
    """
    wishes, open_runs = wishes_of(of, now), flying.runs(conn, of.id, ("open",))
    if of.per_hour is None and not wishes.narrow:
        if everybody:
            flying.let_go(conn, of.run_id or 0, now)
            flying.prolong(conn, open_runs, USEFUL)
        return
    waiting = flying.waiting(conn, open_runs, everybody, rows.default_zone(conn, of.workspace_id, of.team_id))
    lots = [windows.Lot(lot.rows, lot.window_at, lot.zone) for lot in waiting]
    start = flying.free_at(conn, of.id, of.per_hour, now) if of.per_hour else now
    flying.set_instants(conn, [lot.id for lot in waiting], windows.spaced(wishes, lots, of.per_hour, start))
    flying.prolong(conn, open_runs, USEFUL)


def respace(conn: Conn, of: Campaign, now: datetime) -> None:
    """Let a run that was added share the throttle of those that are under way."""
    if of.per_hour is not None:
        let_go(conn, of, now, everybody=False)


def cancel(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> int:
    """End it: what has not left will not leave; how many that were. Raises IllegalMove for one that is over."""
    rights.require(principal, "launch_campaigns")
    of = locked(conn, principal, campaign_id)
    move.one(conn, "campaign", of.id, "cancel", now, actor=principal.actor, values={"reason": "", "ended_at": now})
    return _cancel_runs(conn, of, now, principal.actor)


def undo(conn: Conn, principal: Principal, campaign_id: int, now: datetime) -> int:
    """Take a launch back: it is a draft again, its rows are cancelled; how many. Raises Invalid once one may have left.

    The batches are locked before anybody looks, and a worker that holds one gets no permit any more.
    """
    rights.require(principal, "launch_campaigns")
    of = locked(conn, principal, campaign_id)
    move.one(conn, "campaign", of.id, "undo", now, actor=principal.actor, values={"reason": ""})
    for run_id in flying.runs(conn, of.id, ("open", "paused", "held", "done")):
        flying.lock_batches(conn, run_id)
    if flying.has_left(conn, of.id):
        raise Invalid(LEFT)
    count = _cancel_runs(conn, of, now, principal.actor)
    rows.update_campaign(conn, of.id, {"run_id": None, "launched_at": None, "launched_by": "", "reminded_at": None})
    return count


def _cancel_runs(conn: Conn, of: Campaign, now: datetime, actor: str) -> int:
    count = 0
    for run_id in flying.runs(conn, of.id, ("open", "paused", "held")):
        with suppress(IllegalMove):  # as of a pause
            count += stop.cancel(conn, run_id, now, actor)
    return count


def hold(conn: Conn, of: Campaign, reason: str, now: datetime) -> None:
    """The engine stops it and says why."""
    for run_id in flying.runs(conn, of.id, ("open", "paused")):
        stop.hold(conn, run_id, reason, now)
    if of.state == "running":
        move.one(conn, "campaign", of.id, "hold", now, note=reason, values={"reason": reason})
    else:  # its canary was out: it holds already, for another reason now
        rows.update_campaign(conn, of.id, {"reason": reason})


def proceed(conn: Conn, of: Campaign, now: datetime) -> None:
    """The canary was good: the others get their instants."""
    move.one(conn, "campaign", of.id, "proceed", now, values={"reason": ""})
    let_go(conn, of, now, everybody=True)


def drain(conn: Conn, of: Campaign, now: datetime) -> None:
    """Nothing of it waits any more, be it stopped or not: all of it was the canary, or a run's page ended the rest."""
    if of.state != "running":
        trigger = "proceed" if of.state == "holding" else "resume"
        move.one(conn, "campaign", of.id, trigger, now, note="nothing of it waits")
    move.one(conn, "campaign", of.id, "drain", now, values={"ended_at": now, "reason": ""})


def may_undo(conn: Conn, of: Campaign) -> bool:
    """Whether it is under way and nothing has left."""
    return of.state in ("running", "paused", "holding") and not flying.has_left(conn, of.id)


ENDED_FOR = timedelta(days=5)  # late bounces and answers come for days; then its numbers are final

__all__ = ["ENDED_FOR", "cancel", "drain", "hold", "let_go", "may_undo", "pause", "proceed", "respace", "resume",
           "resumed", "undo"]  # fmt: skip
