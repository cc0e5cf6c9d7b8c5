"""`sixpm backup FILE` and `sixpm restore FILE`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


def _quiet(text: str) -> None:
    """Say nothing: the answer is one JSON document."""


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="One JSON document: the manifest, and the file.")
def backup(file: Path, as_json: bool) -> None:
    """Back up the database to FILE, a new file or a folder, beside the running instance."""
    from engine import config
    from sixpm.backup import make

    made = make.backup(config.settings(), file, _quiet if as_json else click.echo)
    if as_json:
        click.echo(json.dumps({"file": str(made.file), **asdict(made.manifest)}, indent=2))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--over", default="", metavar="NAME", help="The database whose data the backup replaces, by its name.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--other-key", is_flag=True, help="Restore although SIXPM_SECRET_KEY is another one.")
@click.pass_context
def restore(context: click.Context, file: Path, over: str, yes: bool, other_key: bool) -> None:
    """Restore the database from FILE. Unfinished runs are held; nothing is sent before somebody says so."""
    from engine import config
    from sixpm.backup import restore as story

    def ask(question: str) -> bool:
        return yes or click.confirm(question)

    if not story.restore(config.settings(), file, over, other_key, ask, click.echo):
        click.echo("nothing was changed")
        context.exit(1)


__all__ = ["backup", "restore"]
