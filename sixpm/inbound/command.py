"""`sixpm inbound`: mail that comes in, by the operator."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from engine.errors import Invalid


@click.group()
def inbound() -> None:
    """Mail that comes in: read it, bring it in from files, look at what was kept."""


@inbound.command()
@click.argument("path", required=False, type=click.Path(path_type=Path))
@click.option("--batch", is_flag=True, help="Paths on standard input, one JSON object a line on standard output.")
def parse(path: Path | None, batch: bool) -> None:
    """Read the mail in the file PATH as the inbound task would, and store nothing."""
    from engine.inbound.reader import Reader
    from sixpm.inbound import parsing

    if batch == (path is not None):
        raise Invalid("Give the path of one mail, or --batch and paths on standard input.")
    if path is not None:
        click.echo(parsing.one(path))
        return
    with Reader() as reader:
        parsing.batch(sys.stdin.buffer, click.echo, reader)


@inbound.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", default="", help="The recipient of mails that name none (no Delivered-To or X-Original-To).")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only mails received on this day (UTC) or later.")
@click.option("--dry-run", is_flag=True, help="Look and count; keep nothing.")
@click.pass_context
def import_(context: click.Context, paths: tuple[Path, ...], to: str, since: datetime | None, dry_run: bool) -> None:
    """Bring in mails from PATHS: .eml files, Maildirs, mbox files, folders of these. They are left as they are.

    Stopped or killed, it goes on where it was when it is started again. Nothing is sent because of these mails.
    """
    from engine import config, db
    from sixpm.inbound import bring, progress

    first = since.replace(tzinfo=UTC) if since else None
    wish = bring.Wish(paths, config.settings().smtpd_size, to.strip(), first, dry_run)
    with progress.shown(dry_run) as says:
        tally = bring.bring(wish, db.begin, progress.Hints(), says)
    context.exit(1 if tally.failed else 0)


@inbound.command("list")
@click.option("--limit", default=50, show_default=True, help="At most so many.")
def list_(limit: int) -> None:
    """Show the newest mails that wait for a person, of all workspaces and of none."""
    from sixpm.inbound import looking

    click.echo(looking.listed(limit))


@inbound.command()
@click.argument("number", type=int)
def show(number: int) -> None:
    """Show the mail NUMBER: what became of it, and what is read of it now."""
    from engine.inbound.reader import Reader
    from sixpm.inbound import looking

    with Reader() as reader:
        click.echo(looking.shown(number, reader.parse))


@inbound.command()
@click.argument("number", type=int)
def raw(number: int) -> None:
    """Write the bytes of the mail NUMBER, as they came, to standard output."""
    from sixpm.inbound import looking

    sys.stdout.buffer.write(looking.bytes_of(number))
    sys.stdout.buffer.flush()
