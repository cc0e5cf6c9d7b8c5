"""The command line. Commands import what they need when they run, so that each starts fast."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Literal

import click

from engine.errors import SixpmError
from sixpm import settling
from sixpm.backup import command as backups
from sixpm.inbound import command as mails

ROLES = ("owner", "admin", "user")


class Group(click.Group):
    """Shows an error of ours as one text and exit code 1, not as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SixpmError as error:
            raise click.ClickException(str(error)) from error
        except Exception as error:
            if type(error).__module__.startswith("sqlalchemy.") and type(error).__name__ == "OperationalError":
                why = str(getattr(error, "orig", error)).splitlines()[0]
                raise click.ClickException(f"The database cannot be used: {why}. `sixpm doctor` says more.") from error
            raise


@click.group(cls=Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="sixpm")
@click.option("--home", type=click.Path(path_type=Path), help="State folder (SIXPM_HOME; default ./var).")
def main(home: Path | None) -> None:
    """Team check-ins, digests and campaigns by mail."""
    if home is not None:
        os.environ["SIXPM_HOME"] = str(home.resolve())


@main.command()
def run() -> None:
    """Start everything on this machine and keep it up; Ctrl-C stops it."""
    from engine import config
    from sixpm.embedded import supervise

    supervise.run(config.load().home, _say)


@main.command()
def stop() -> None:
    """Stop what `sixpm run` started in this state folder."""
    from engine import config
    from sixpm.embedded import supervise

    stopped = supervise.stop(config.load().home)
    _say("stopped" if stopped else "nothing was running")


@main.command()
@click.pass_context
def demo(context: click.Context) -> None:
    """Play one day of a team through the whole product; exits 0 only if all of it happened."""
    from sixpm import demo as story

    context.exit(story.main())


@main.command()
@click.option("--queues", default="send,bulk,inbound,upkeep", show_default=True, help="Queues to serve, by commas.")
@click.option("--concurrency", default=0, help="Child processes (default SIXPM_WORKER_PROCESSES).")
@click.option("--name", default=lambda: f"worker-{os.getpid()}", help="Unique among the workers of this machine.")
@click.pass_context
def worker(context: click.Context, queues: str, concurrency: int, name: str) -> None:
    """Run a worker in the foreground."""
    from engine import config
    from engine.tasks.worker import serve

    context.exit(serve(queues, concurrency or config.settings().worker_processes, name))


@main.command()
def scheduler() -> None:
    """Run the scheduler in the foreground; two are harmless."""
    from scheduler.__main__ import main as plan

    plan()


@main.command()
@click.option("--workers", default=1, show_default=True, help="Processes; each has SIXPM_WEB_THREADS threads.")
def web(workers: int) -> None:
    """Serve the pages with gunicorn in the foreground."""
    from engine import config
    from sixpm.embedded.services import web_argv

    argv = web_argv(config.settings(), workers)
    os.execv(argv[0], argv)  # noqa: S606 - no shell wanted: gunicorn takes this process's place and signals


@main.command()
def smtpd() -> None:
    """Run the inbound SMTP listener in the foreground."""
    from engine import config, log
    from sixpm import listener

    log.setup("smtpd", config.settings().log_json)
    listener.serve(config.settings())


@main.command()
@click.option("--forget", metavar="NAME", help="Fetch from this mailbox no more: drop where we stand in it.")
@click.pass_context
def imap(context: click.Context, forget: str | None) -> None:
    """Fetch mail from the mailboxes of SIXPM_IMAP_URL, in the foreground."""
    from engine import config, log
    from sixpm import mailboxes

    if forget:
        mailboxes.forget(forget)
        _say(f"{forget} is forgotten; the mails that came from it stay")
        return
    log.setup("imap", config.settings().log_json)
    context.exit(mailboxes.serve(config.settings()))


@main.command(hidden=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def catcher(host: str) -> None:
    """Run the local mail catcher in the foreground."""
    from engine import config
    from sixpm import catcher as mailbox

    settings = config.settings()
    mailbox.serve(settings.mailbox_dir, host, settings.catcher_port)


@main.command()
def migrate() -> None:
    """Bring the configured database to this version's schema, and the queues in it where it is the broker."""
    from engine import config, db
    from sixpm.embedded.services import QUEUES

    settings = config.settings()
    url = config.required(settings.database_url, "database_url")
    if (settings.broker_url or "").startswith("pgmq"):
        db.install_queues(url, QUEUES)
    db.upgrade(url)
    _say("the database has this version's schema")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Say what is wrong and what to do; exits 1 when something is."""
    from sixpm import doctor as checks

    context.exit(checks.main(as_json))


@main.command()
@click.argument("part", default="web", type=click.Choice(["web", "worker", "scheduler", "smtpd", "imap", "catcher"]))
@click.option("--queues", default="", help="For a worker: the queues it serves, by commas.")
@click.pass_context
def health(context: click.Context, part: str, queues: str) -> None:
    """Exit 0 when PART works: the health check of a container."""
    from sixpm import health as probe

    context.exit(probe.main(part, tuple(filter(None, queues.split(",")))))


@main.command()
@click.option("--domain", help="Signing domain (SIXPM_DKIM_DOMAIN; else the domain of SIXPM_MAIL_FROM).")
@click.option("--selector", default="sixpm", show_default=True, help="Names the key in DNS; each key has its own.")
@click.option("--type", "kind", type=click.Choice(["rsa", "ed25519"]), default="rsa", show_default=True)
@click.option("--file", "path", type=click.Path(path_type=Path), help="Where to keep it (HOME/dkim-SELECTOR.pem).")
@click.option("--show", is_flag=True, help="Say the DNS record of each configured key, and make none.")
def dkim(domain: str | None, selector: str, kind: Literal["rsa", "ed25519"], path: Path | None, show: bool) -> None:
    """Make a key to sign mails with, and say its DNS record."""
    from engine import config
    from sixpm import dkim as keys

    if show:
        keys.show(config.settings(), _say)
    else:
        keys.make(config.settings(), domain, selector, kind, path, _say)


main.add_command(settling.doubts)
main.add_command(settling.requeue)
main.add_command(backups.backup)
main.add_command(backups.restore)
main.add_command(mails.inbound)


@main.group()
def user() -> None:
    """People who may sign in."""


@user.command("create")
@click.argument("email")
@click.option("--name", default="", help="How the person is called.")
@click.option("--role", type=click.Choice(ROLES), default="user", show_default=True)
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, envvar="SIXPM_NEW_PASSWORD")
def user_create(email: str, name: str, role: str, password: str) -> None:
    """Make an account in the instance's workspace."""
    from engine import db
    from engine.people import accounts, acts
    from engine.people.principal import SYSTEM

    with db.begin() as conn:
        made = accounts.create_user(conn, email, name, role, password)
        said = f"as {made.role}, by the operator"
        acts.note(conn, SYSTEM(made.workspace_id), "made_account", db.now(conn), "account", made.id, made.email, said)
    _say(f"{made.email} may sign in as {made.role}")


def _say(text: str) -> None:
    click.echo(text)
    sys.stdout.flush()


if __name__ == "__main__":
    main(prog_name="sixpm")
