"""What `sixpm inbound import` says while it works: a bar on a terminal, a line a slice elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sixpm.inbound.bring import Says, Tally

Tell = Callable[[Tally], object]

EVERY = 2.0  # seconds between lines


def line(tally: Tally, dry_run: bool) -> str:
    """How it stands, in one line."""
    new = "would be new" if dry_run else "new"
    older = f", {tally.older:,} too old" if tally.older else ""
    return (
        f"{tally.done:,} of {tally.total:,}: {tally.new:,} {new}, {tally.there:,} already here{older}, "
        f"{tally.failed:,} failed"
    )


@contextmanager
def shown(dry_run: bool) -> Iterator[Says]:
    """Whom the import tells. What failed is a line of its own on standard error; the last line is the result."""
    last: list[Tally] = []
    console = Console(stderr=True)

    def failed(name: str, why: str) -> None:
        said = f"failed: {name}: {why}".encode("utf-8", "replace").decode()
        if console.is_terminal:
            console.print(said, markup=False, highlight=False, soft_wrap=True)
        else:
            click.echo(said, err=True)

    with _bar(console) if console.is_terminal else _lines(dry_run) as progress:

        def tell(tally: Tally) -> None:
            last[:] = [tally]
            progress(tally)

        yield Says(failed, tell)
    if last:
        click.echo(line(last[0], dry_run))


@contextmanager
def _bar(console: Console) -> Iterator[Tell]:
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("")

        def tell(tally: Tally) -> None:
            said = f"{tally.new:,} new, {tally.failed:,} failed"
            bar.update(task, total=tally.total, completed=tally.done, description=said)

        yield tell


@contextmanager
def _lines(dry_run: bool) -> Iterator[Tell]:
    said = time.monotonic()

    def tell(tally: Tally) -> None:
        nonlocal said
        if tally.done < tally.total and time.monotonic() - said >= EVERY:
            said = time.monotonic()
            click.echo(line(tally, dry_run))

    yield tell


class Hints:
    """Offers mails to the task, as long as the broker takes it; what is not offered the sweep finds."""

    def __init__(self) -> None:
        self._away = False

    def __call__(self, ids: Sequence[int]) -> None:
        """After the commit of a slice."""
        from engine.tasks import hints

        self._away = self._away or not hints.inbound(ids)
