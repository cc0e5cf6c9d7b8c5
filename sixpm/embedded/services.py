"""The processes of an embedded instance: what is started, in which order, and how to tell that each is up."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

from engine.config import Settings
from engine.inbound.retrieve.imap_url import boxes
from sixpm.embedded import ports
from sixpm.embedded.children import Service, log_of

# Two workers, so that a long sending slice never delays a reply.
WORKERS = (("worker send", "send,bulk", 2), ("worker inbound", "inbound,upkeep", 2))


QUEUES = tuple(queue for _, queues, _ in WORKERS for queue in queues.split(","))


def worker_argv(queues: str, concurrency: int, name: str) -> list[str]:
    """The command line of a worker. `name` must be unique: two workers of one name break each other's queue."""
    words = ["--queues", queues, "--concurrency", str(concurrency), "--name", name]
    return [sys.executable, "-m", "sixpm", "worker", *words]


def web_argv(settings: Settings, workers: int = 1) -> list[str]:
    """The command line of gunicorn with the pages."""
    words = ["web.app:create_app()", "--worker-class", "gthread", "--threads", str(settings.web_threads)]
    words += ["--workers", str(workers), "--bind", f"{settings.web_host}:{settings.web_port}"]
    return [sys.executable, "-m", "gunicorn", *words, "--graceful-timeout", "4", "--no-control-socket"]


def services(settings: Settings, env: dict[str, str]) -> list[Service]:
    """All services of `settings`, in the order in which they are shown. `env` is added to each one's environment."""
    mailbox = f"smtp {ports.LOOPBACK}:{settings.catcher_port}, mails in {settings.mailbox_dir}"
    inbound = f"smtp {settings.smtpd_host}:{settings.smtpd_port}, for @{settings.reply_domain}"
    log = settings.home / "log"
    caught = _answers(settings.catcher_port, ports.LOOPBACK)
    shown = _answers(settings.web_port, settings.web_host)
    heard = _answers(settings.smtpd_port, settings.smtpd_host)
    return [
        *([Service("mailbox", _command("catcher"), mailbox, caught, env, True)] if settings.catcher else []),
        *(_worker(log, name, queues, count, env) for name, queues, count in WORKERS),
        _logging(log, "scheduler", _command("scheduler"), "plans what falls due", "scheduler up", env),
        Service("web", lambda _life: web_argv(settings), settings.base_url, shown, env, True),
        Service("inbound mail", _command("smtpd"), inbound, heard, env, True),
        *([_logging(log, "imap", _command("imap"), _boxes(settings), "imap up", env)] if settings.imap_url else []),
    ]


def _boxes(settings: Settings) -> str:
    return ", ".join(box.name for box in boxes(settings))


def _worker(log: Path, name: str, queues: str, count: int, env: dict[str, str]) -> Service:
    role = name.removeprefix("worker ")

    def argv(life: int) -> list[str]:
        return worker_argv(queues, count, f"{role}-{os.getpid()}-{life}")

    return _logging(log, name, argv, f"queues {queues.replace(',', ', ')}", "worker ready", env)


def _logging(
    log: Path, name: str, argv: Callable[[int], list[str]], where: str, words: str, env: dict[str, str]
) -> Service:
    """A service that listens nowhere: it is ready once it has logged `words` since its last start."""
    path, begun = log_of(log, name), [0]

    def started(life: int) -> list[str]:
        begun[0] = path.stat().st_size if path.exists() else 0
        return argv(life)

    def ready() -> bool:
        with open(path, "rb") as handle:
            handle.seek(begun[0])
            return words.encode() in handle.read()

    return Service(name, started, where, ready, env, True)


def _command(name: str) -> Callable[[int], list[str]]:
    return lambda _life: [sys.executable, "-m", "sixpm", name]


def _answers(port: int, host: str) -> Callable[[], bool]:
    return lambda: ports.answers(port, ports.reachable(host))
