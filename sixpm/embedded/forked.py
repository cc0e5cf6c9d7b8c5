"""Services as forks of the supervisor, after it has imported what they need.

Seven programs that each import the product took 25 s of CPU from start to stop, one import and six forks take 6; the
forks also share the memory of all that code. Where a fork is not safe (a second thread, macOS) each service is started
as a program of its own.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import runpy
import signal
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from engine import config, db

# What takes longest to import in the services; a name that is missing here costs time and nothing else.
NEEDED = (
    "celery.apps.worker", "celery.backends.base", "celery.concurrency.prefork", "celery.worker.consumer",
    "cffi.cparser", "engine.inbound.retrieve.process", "engine.tasks.deliver", "engine.tasks.receive",
    "engine.tasks.upkeep", "engine.tasks.worker", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread", "jinja2.ext",
    "kombu.transport.pgmq", "scheduler.__main__", "sixpm.catcher", "sixpm.listener",
    "sqlalchemy.dialects.postgresql.psycopg", "web.app",
)  # fmt: skip
RESET = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD)


class Forked:
    """A forked service: the part of subprocess.Popen that the supervisor uses."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Its exit code, or minus the signal that killed it; None while it lives."""
        return self._collect(os.WNOHANG)

    def wait(self) -> int | None:
        """Wait until it has ended."""
        return self._collect(0)

    def send_signal(self, how: signal.Signals) -> None:
        """Signal it, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def _collect(self, options: int) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, options)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def possible() -> bool:
    """Whether this process may be forked: another thread might hold a lock, and macOS's own libraries forbid it."""
    return sys.platform == "linux" and threading.active_count() == 1


def prepare() -> None:
    """Import what the services need, and keep the collector off these objects, which would copy their pages."""
    for name in NEEDED:
        importlib.import_module(name)
    gc.freeze()


def start(name: str, argv: Sequence[str], log: int, environment: Mapping[str, str]) -> Forked:
    """Run `python -m MODULE …` in a fork, in a session of its own, its output going to the descriptor `log`.

    `name` is what `ps -o comm` and `top` show, since all forks have the supervisor's command line.
    """
    _, flag, module, *words = argv
    assert flag == "-m", argv
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid == 0:
        _live(name, [module, *words], log, environment)
    return Forked(pid)


def _live(name: str, argv: list[str], log: int, environment: Mapping[str, str]) -> NoReturn:
    code = 1
    try:
        _part(log, environment)
        with suppress(OSError):
            Path("/proc/self/comm").write_text(f"sixpm {name}"[:15])  # longer is cut by Linux
        sys.argv = argv
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as end:
        code = _code_of(end)
    except BaseException:  # as the interpreter does at the top; nothing may return into the supervisor's frames
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()  # as a program of its own would, before the interpreter goes: temporary folders
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def _part(log: int, environment: Mapping[str, str]) -> None:
    """Keep nothing of the supervisor but its imports: its signals, descriptors and settings are not ours."""
    os.setsid()
    for name in RESET:
        signal.signal(name, signal.SIG_DFL)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    os.environ.update(environment)
    config.settings.cache_clear()
    db.forget()


def _code_of(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return 1
