"""`sixpm doubts` and `sixpm requeue`: what the pages of doubts and runs do, for all workspaces, by the operator."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from engine.errors import Invalid
from engine.people.principal import OPERATOR

if TYPE_CHECKING:
    from engine.outbound.followup import FollowUp
    from engine.outbound.settle.doubts import Doubt, Which

MOST = 1_000_000  # rows that one command may name
Command = Callable[..., Any]


def seqs(text: Sequence[str]) -> tuple[int, ...]:
    """The numbers of "3", "5-9" and "1,2,7-8". Raises Invalid(seq)."""
    found: list[int] = []
    for part in ",".join(text).split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdigit() or (dash and not last.isdigit()):
            raise Invalid(f"--seq takes numbers and ranges, such as 3 or 5-9 or 1,2,7-8; {part!r} is neither.", "seq")
        rows = range(int(first), int(last or first) + 1)
        if len(rows) + len(found) > MOST:
            raise Invalid(f"--seq names more than {MOST:,} rows. Leave it out, or narrow by state and reason.", "seq")
        found += rows
    return tuple(found)


def _filtered(command: Command) -> Command:
    for option in reversed(
        (
            click.option("--run", "run_id", type=int, help="Of this run."),
            click.option("--seq", multiple=True, help="These rows of --run: 3, 5-9, or 1,2,7-8."),
            click.option("--kind", default="", help="Of runs of this kind: notice, prompt, nudge, post, digest."),
            click.option("--provider", default="", help="To this receiving provider, or domain."),
            click.option("--reason", "cause", type=click.Choice(["died", "stopped", "line", "service"]), default=None,
                         help="Its worker died or was stopped, the line broke, a service did not say."),
            click.option("--json", "as_json", is_flag=True, help="One JSON document."),
        )
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
def doubts() -> None:
    """Deliveries whose content may have left and whose answer nobody heard."""


@doubts.command("list")
@_filtered
@click.option("--limit", default=1000, show_default=True, help="At most so many.")
def list_(as_json: bool, limit: int, **words: Any) -> None:
    """Show them, newest run first, with what was said on the wire."""
    from engine import config, db
    from engine.outbound.settle import doubts as story

    which = _which(**words)
    with db.begin() as conn:
        found = story.listed(conn, which, config.settings().doubt_after, limit)
    if as_json:
        click.echo(json.dumps([_as_json(d) for d in found], indent=2))
        return
    for d in found:
        _show(d)
    click.echo(f"{len(found)} in doubt" if found else "nothing is in doubt")


def _acting(name: str, said: str) -> Callable[[Command], click.Command]:
    def made(act: Command) -> click.Command:
        @click.option("--all", "everything", is_flag=True, help="All there are; needed where nothing narrows.")
        @click.option("--dry-run", is_flag=True, help="Say how many it would be; change nothing.")
        @_filtered
        def command(everything: bool, dry_run: bool, as_json: bool, **words: Any) -> None:
            which = _which(**words)
            if not everything and which == _which():
                raise Invalid("Say which: --run, --seq, --kind, --provider, --reason, or --all.")
            _act(act, name, which, dry_run, as_json)

        return doubts.command(name, help=said)(command)

    return made


def _act(act: Command, name: str, which: Which, dry_run: bool, as_json: bool) -> None:
    from engine import config, db
    from engine.outbound.settle import doubts as story

    after = config.settings().doubt_after
    with db.begin() as conn:
        groups = story.counted(conn, which, after)
        count, young = sum(g.n for g in groups), sum(g.young for g in groups) if name == "resend" else 0
        changed, followup = (0, None) if dry_run else act(conn, which, db.now(conn), after)
        if changed:
            _note(conn, "settled_doubts", db.now(conn), sorted({g.run_id for g in groups}), name)
    _hint(followup)
    told = {"matched": count, "young": young, "changed": changed, "dry_run": dry_run}
    if as_json:
        click.echo(json.dumps(told))
        return
    would = f"{count - young} would be changed" if dry_run else f"{changed} changed"
    click.echo(would + (f"; {young} stay in doubt, for their first copy may still arrive" if young else ""))


@_acting("arrived", "Mark as arrived: the relay's log or the recipient says so.")
def arrived(conn: Any, which: Which, now: datetime, after: float) -> tuple[int, None]:
    """They are sent."""
    from engine.outbound.settle import doubts as story

    return story.arrived(conn, which, now, OPERATOR), None


@_acting("give-up", "Mark as not arrived, and leave it at that.")
def give_up(conn: Any, which: Which, now: datetime, after: float) -> tuple[int, None]:
    """They are failed."""
    from engine.outbound.settle import doubts as story

    return story.give_up(conn, which, now, OPERATOR), None


@_acting("resend", "Send once more, with the same Message-ID; whoever has it already gets it twice.")
def resend(conn: Any, which: Which, now: datetime, after: float) -> tuple[int, FollowUp]:
    """They are queued again, each a listed second attempt."""
    from engine.outbound.settle import doubts as story

    sent = story.resend(conn, which, now, OPERATOR, after)
    return sent.rows, sent.followup


@doubts.command("take-back")
@click.option("--run", "run_id", type=int, required=True)
@click.option("--seq", multiple=True, required=True, help="Rows of the run: 3, 5-9, or 1,2,7-8.")
def take_back(run_id: int, seq: Sequence[str]) -> None:
    """Undo `arrived` or `give-up` where nothing has followed it."""
    from engine import db
    from engine.outbound.settle import doubts as story
    from engine.outbound.settle import rest

    rows = [(run_id, number) for number in seqs(seq)]
    with db.begin() as conn:
        done = story.take_back(conn, rows, rest.workspace_of(conn, run_id), db.now(conn), OPERATOR)
        if done:
            _note(conn, "took_back", db.now(conn), [run_id], f"{done} of it")
    click.echo(f"{done} in doubt again")


@click.command()
@click.option("--run", "run_id", type=int, required=True)
@click.option("--state", "states", multiple=True,
              type=click.Choice(["failed", "bounced", "expired", "cancelled", "suppressed", "deferred"]))  # fmt: skip
@click.option("--code", default="", help="With this code, such as 5.7.1.")
@click.option("--reason", default="", help="With these words in their reason or reply.")
@click.option("--seq", multiple=True, help="Rows of the run: 3, 5-9, or 1,2,7-8.")
@click.option("--hours", type=click.IntRange(1, 720), help="How long they are useful (default by the run's kind).")
@click.option("--why", default="", help="Written into the event of every row.")
@click.option("--dry-run", is_flag=True, help="Say how many it would be; change nothing.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
def requeue(
    run_id: int, states: Sequence[str], code: str, reason: str, seq: Sequence[str], hours: int | None, why: str,
    dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Send the rest of a run: rows that did not go out become new attempts. A row that was sent never is."""
    from engine import db
    from engine.outbound.settle import rest

    if not states and not code and not reason and not seq:
        raise Invalid("Say which: --state, --code, --reason or --seq.")
    told = {"matched": 0, "suppressed": 0, "changed": 0, "more": True, "dry_run": dry_run}
    while told["more"]:  # so many rows at a time, each committed
        with db.begin() as conn:
            now = db.now(conn)
            which = rest.Rest(
                rest.workspace_of(conn, run_id), run_id, tuple(states) or rest.STATES, code, reason,
                seqs=seqs(seq) if seq else None,
            )  # fmt: skip
            until = now + timedelta(hours=hours) if hours else rest.useful_until(conn, which, now)
            done = None if dry_run else rest.requeue(conn, which, now, OPERATOR, until, why)
            seen = rest.preview(conn, which) if done is None else done.preview
            if done and done.rows:
                _note(conn, "requeued", now, [run_id], f"{done.rows} of it" + (f": {why}" if why else ""))
        _hint(done.followup if done else None)
        rows = done.rows if done else 0
        told["matched"] += seen.rows
        told["changed"] += rows
        told |= {"suppressed": seen.suppressed, "more": seen.more and bool(rows)}
        if dry_run:
            told["more"] = seen.more
            break
    _say_requeued(told, as_json)


def _say_requeued(told: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(told))
        return
    count = f"{told['matched']}{' or more' if told['more'] else ''} would be queued again"
    click.echo(count if told["dry_run"] else f"{told['changed']} queued again")
    if told["suppressed"]:
        click.echo(f"{told['suppressed']} stay as they are: their address still gets nothing")


def _which(
    run_id: int | None = None, seq: Sequence[str] = (), kind: str = "", provider: str = "", cause: str | None = None
) -> Which:
    from engine.outbound.settle.which import Which

    if seq and run_id is None:
        raise Invalid("--seq needs --run: a number names a row of one run.", "seq")
    rows = tuple((run_id, number) for number in seqs(seq)) if seq and run_id is not None else None
    return Which(None, run_id, kind, provider, cause or "", rows)


def _note(conn: Any, act: str, now: datetime, runs: Sequence[int], detail: str) -> None:
    """Leave a line in the record of acts, as the page would."""
    from engine.people import acts

    acts.note_by_operator(conn, act, now, runs, detail)


def _hint(followup: FollowUp | None) -> None:
    """Tell the workers after the commit; a hint that is lost costs one sweep."""
    if followup:
        from engine.tasks import hints

        hints.enqueue(followup)


def _as_json(d: Doubt) -> dict[str, Any]:
    return {
        "run": d.run_id, "seq": d.seq, "kind": d.kind, "policy": d.policy, "address": d.address, "name": d.name,
        "transport": d.transport, "provider": d.provider, "since": d.at.isoformat(), "attempt": d.attempt + 1,
        "cause": d.cause, "why": d.why, "transcript": d.transcript, "relay": d.relay, "queue_id": d.queue_id,
        "doubt_resent": d.resends, "young": d.young,
    }  # fmt: skip


def _show(d: Doubt) -> None:
    relay = f", relay {d.relay}" if d.relay else ""
    queue = f", queued there as {d.queue_id}" if d.queue_id else ""
    since = f"since {d.at:%Y-%m-%d %H:%M:%S} UTC"
    click.echo(f"{d.kind} run {d.run_id}, row {d.seq}: {d.address}, {since}, attempt {d.attempt + 1}{relay}{queue}")
    click.echo(f"    {d.why}" + ("; its answer may still come" if d.young else ""))
    if d.cause != "died":
        click.echo("".join(f"    {line}\n" for line in d.transcript.splitlines()), nl=False)


__all__ = ["doubts", "requeue", "seqs"]
