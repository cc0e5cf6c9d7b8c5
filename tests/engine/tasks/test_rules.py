"""What no task may do: carry time, results or bodies in a message, or open a socket before the fork."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from engine.config import load
from engine.tasks.app import celery_app, configuration

ROOT = Path(__file__).resolve().parents[3]
SOURCES = [p for folder in ("engine", "scheduler", "web", "sixpm") for p in (ROOT / folder).rglob("*.py")]
FORBIDDEN = {"eta", "countdown", "chord", "chain", "group", "self.retry", "autoretry_for", "result_backend"}


def test_no_message_carries_time_results_or_canvas() -> None:
    """Time belongs to rows: a countdown longer than a broker's patience runs a task again and again."""
    found = []
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.keyword) and node.arg in {"eta", "countdown", "link", "retry_policy"}:
                found.append(f"{path.name}:{node.value.lineno} {node.arg}")
            if isinstance(node, ast.ImportFrom) and node.module == "celery":
                found += [f"{path.name} {a.name}" for a in node.names if a.name in FORBIDDEN]
    assert not found


def test_every_task_tolerates_arguments_of_other_releases_and_says_why_twice_is_harmless(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SIXPM_BROKER_URL", "amqp://nobody@127.0.0.1:1//")
    celery_app.loader.import_default_modules()
    ours = {name: task for name, task in celery_app.tasks.items() if not name.startswith("celery.")}

    assert set(ours) == {"deliver", "receive", "reread", "erase", "import_people", "dry_run", "canary"}
    for name, task in ours.items():
        kinds = {p.kind for p in inspect.signature(task.run).parameters.values()}
        assert inspect.Parameter.VAR_KEYWORD in kinds, name
        assert inspect.signature(task.run).parameters["v"].default == 1
        assert "wice" in (task.run.__doc__ or ""), name


@pytest.mark.parametrize("url", ["pgmq://u:p@127.0.0.1:1/x", "amqp://u:p@127.0.0.1:1//"])
def test_the_settings_are_those_that_lose_nothing(url: str) -> None:
    conf = configuration(load(broker_url=url))

    assert conf["task_acks_late"]
    assert conf["task_reject_on_worker_lost"]
    assert conf["worker_cancel_long_running_tasks_on_connection_loss"] is False
    assert conf["worker_prefetch_multiplier"] == (4 if url.startswith("pgmq") else 1)
    assert not {"task_soft_time_limit", "task_time_limit", "worker_max_tasks_per_child", "result_backend"} & set(conf)
    if url.startswith("amqp"):
        assert conf["broker_transport_options"] == {"confirm_publish": True}


def test_importing_the_app_opens_no_socket() -> None:
    """A socket made before the fork is shared by all children, and TLS breaks on the second one that uses it."""
    code = (
        "import socket, sys\n"
        "def no(*a, **k): raise SystemExit('a socket was opened at import')\n"
        "socket.socket.connect = no\n"
        "import engine.tasks.app, engine.tasks.deliver, engine.tasks.receive, engine.tasks.upkeep, web.app\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
