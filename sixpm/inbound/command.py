"""`sixpm inbound`: mail that comes in, by the operator."""

from __future__ import annotations

import sys
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
