"""The supervisor, with small processes in place of the real ones; the real ones are in tests/stories."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from engine import config
from engine.errors import ConfigError
from sixpm.embedded import children, home, ports, postgres, processes, supervise
from sixpm.embedded.children import Child, Service
from sixpm.embedded.services import services
from tests.fakes.guard import Guard

ROOT = Path(__file__).resolve().parent.parent.parent
SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")
IGNORE = """
import signal, time
for name in (signal.SIGTERM, signal.SIGQUIT):
    signal.signal(name, signal.SIG_IGN)
print("ignoring", flush=True)
time.sleep(600)
"""
STUBBORN = (sys.executable, "-c", IGNORE)


@pytest.fixture
def base(guard: Guard) -> Iterator[Path]:
    """A state folder; a database left in it is stopped."""
    made = Path(tempfile.mkdtemp(prefix="sixpm-home-", dir="/tmp"))
    made.chmod(0o711)
    guard.folder(made)
    yield made / "home"
    postgres.stop(made / "home" / "postgres")


def quiet(_text: str) -> None:
    """Hears what is said and keeps it to itself."""


def service(name: str, argv: Sequence[str], ready: Callable[[], bool] = lambda: True) -> Service:
    return Service(name, lambda _life: argv, "", ready)


def wait_for(fact: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "did not happen"
        time.sleep(0.02)


def test_everything_is_up_inside_and_stopped_after(base: Path) -> None:
    said: list[str] = []

    with supervise.running(base, said.append, lambda _s, _e: [service("one", SLEEP)]) as settings:
        pid = postgres.running(base / "postgres")
        assert pid is not None
        assert config.load(home=base).database_url == settings.database_url

    assert processes.seen(pid) is None
    assert any("one" in line and " up " in line for line in said)
    assert said.index("one stopped") < said.index("database stopped")


def test_run_env_is_private_and_holds_urls_ports_and_secrets(base: Path) -> None:
    with supervise.running(base, quiet, lambda _s, _e: []) as settings:
        mode = (base / "run.env").stat().st_mode & 0o777

    assert mode == 0o600
    assert (settings.broker_url or "").startswith("pgmq://")
    assert len(settings.secret_key or "") >= 32
    assert settings.relay_host == "127.0.0.1"
    assert settings.relay_port == settings.catcher_port
    assert settings.base_url == f"http://127.0.0.1:{settings.web_port}"
    assert (base / "secret.key").stat().st_mode & 0o777 == 0o600


def test_secrets_stay_the_same_over_restarts(base: Path) -> None:
    home.make(base)

    first, second = home.secret(base, "secret.key"), home.secret(base, "secret.key")

    assert first == second


def test_values_with_quotes_come_back_from_run_env(base: Path) -> None:
    home.make(base)
    home.write_run_env(base, {"mail_from": 'O\'Neil "x" #1 \\ <a@b.test>', "web_port": 81, "catcher": True})

    read = config.load(home=base)

    assert read.mail_from == 'O\'Neil "x" #1 \\ <a@b.test>'
    assert (read.web_port, read.catcher) == (81, True)


def test_a_taken_port_is_replaced_and_said_unless_it_was_asked_for(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "is_free", lambda port, _host=ports.LOOPBACK: port != 8025)
    said: list[str] = []
    supervisor = supervise.Supervisor(base, said.append)

    moved = supervisor._port(config.load(home=base), "web_port")

    assert moved != 8025
    assert "8025 is taken" in said[0]
    monkeypatch.setenv("SIXPM_WEB_PORT", "8025")
    with pytest.raises(ConfigError, match="SIXPM_WEB_PORT=8025 is taken"):
        supervisor._port(config.load(home=base), "web_port")


def test_a_service_that_ends_at_once_stops_the_start_with_its_log(base: Path) -> None:
    broken = service("broken", (sys.executable, "-c", "import sys; sys.exit('no such thing')"), lambda: False)

    said = r"broken ended at once \(exit code 1\)[\s\S]*no such thing"
    with pytest.raises(ConfigError, match=said), supervise.running(base, quiet, lambda _s, _e: [broken]):
        pass

    assert postgres.running(base / "postgres") is None


def test_a_second_supervisor_of_a_home_is_refused(base: Path) -> None:
    home.make(base)
    code = (
        "import sys, time\nfrom pathlib import Path\nfrom sixpm.embedded import home\n"
        "with home.alone(Path(sys.argv[1])):\n    print('up', flush=True)\n    time.sleep(600)"
    )
    first = subprocess.Popen([sys.executable, "-c", code, str(base), "sixpm"], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        assert first.stdout is not None
        first.stdout.readline()

        with pytest.raises(ConfigError, match=f"already runs in .* \\(process {first.pid}\\)"), home.alone(base):
            pass
    finally:
        first.kill()
        first.communicate()
    with home.alone(base, patience=5):
        pass


def test_a_child_that_dies_is_started_again_and_it_is_said(tmp_path: Path) -> None:
    said: list[str] = []
    child = Child(service("one", SLEEP), tmp_path)
    child.start()
    first = child.pid
    assert first is not None

    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not child.alive)
    child.tend(said.append)
    child.again_at = 0.0
    child.tend(said.append)

    assert child.alive
    assert child.pid != first
    assert "killed by SIGKILL" in said[0]
    assert "started again" in said[1]
    children.stop_all([child], said.append)


def test_the_pause_before_a_new_start_grows(tmp_path: Path) -> None:
    said: list[str] = []
    child = Child(service("one", (sys.executable, "-c", "")), tmp_path)
    pauses = []

    child.start()
    for _ in range(3):
        wait_for(lambda: not child.alive)
        child.tend(said.append)
        assert child.again_at is not None
        pauses.append(round(child.again_at - time.monotonic()))
        child.again_at = 0.0
        child.tend(said.append)
    wait_for(lambda: not child.alive)
    child.sweep()

    assert pauses == [1, 2, 4]


def test_a_child_that_ignores_signals_is_gone_within_ten_seconds(tmp_path: Path) -> None:
    said: list[str] = []
    stubborn, good = Child(service("stubborn", STUBBORN), tmp_path), Child(service("good", SLEEP), tmp_path)
    stubborn.start()
    good.start()
    wait_for(lambda: "ignoring" in stubborn.last_lines())

    began = time.monotonic()
    children.stop_all([stubborn, good], said.append)

    assert time.monotonic() - began < 10
    assert not stubborn.alive
    assert "good stopped" in said
    assert any("SIGKILL" in line for line in said)


def test_what_a_child_left_running_is_killed_with_it(tmp_path: Path) -> None:
    code = "import subprocess, sys; print(subprocess.Popen(['sleep', '600']).pid, flush=True); sys.stdin.read()"
    child = Child(service("parent", (sys.executable, "-c", code + "; import time; time.sleep(600)")), tmp_path)
    child.start()
    wait_for(child.last_lines)
    left = int(child.last_lines())

    children.stop_all([child], quiet)

    wait_for(lambda: processes.seen(left) is None)


RUN = """
import sys
from pathlib import Path
from sixpm.embedded import supervise
from sixpm.embedded.children import Service
argv = (sys.executable, "-c", "import time; time.sleep(600)")
def say(text):
    print(text, flush=True)
supervise.run(Path(sys.argv[1]), say, lambda s, e: [Service("one", lambda life: argv, "")])
"""


def start_run(base: Path) -> subprocess.Popen[str]:
    run = subprocess.Popen([sys.executable, "-c", RUN, str(base), "sixpm"], cwd=ROOT, text=True, stdout=subprocess.PIPE)
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith("All up"):
            return run
    raise AssertionError("did not come up")


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_all_in_order_with_exit_code_0(base: Path, how: signal.Signals) -> None:
    run = start_run(base)
    database = postgres.running(base / "postgres")
    assert database is not None

    began = time.monotonic()
    run.send_signal(how)
    said, _ = run.communicate(timeout=30)

    assert run.returncode == 0
    assert time.monotonic() - began < 10
    assert said.index("one stopped") < said.index("database stopped") < said.index("All stopped")
    assert processes.seen(database) is None


def test_a_killed_supervisor_leaves_nothing_running_and_the_next_start_works(base: Path) -> None:
    run = start_run(base)
    database = postgres.running(base / "postgres")
    assert database is not None

    run.kill()
    run.communicate()

    wait_for(lambda: processes.seen(database) is None)
    again = start_run(base)
    again.terminate()
    again.communicate(timeout=30)
    assert again.returncode == 0


def test_a_database_that_dies_is_started_again(base: Path) -> None:
    run = start_run(base)
    first = postgres.running(base / "postgres")
    assert first is not None

    os.kill(first, signal.SIGKILL)

    wait_for(lambda: postgres.running(base / "postgres") not in (None, first))
    run.terminate()
    said, _ = run.communicate(timeout=30)
    assert "database ended; starting it again" in said
    assert run.returncode == 0


def test_stop_ends_a_run_from_outside(base: Path) -> None:
    run = start_run(base)

    stopped = supervise.stop(base)

    run.communicate(timeout=30)
    assert stopped
    assert run.returncode == 0
    assert not supervise.stop(base)


def test_mailboxes_are_followed_only_where_there_are_some(base: Path) -> None:
    without = services(config.load(home=base), {})
    given = services(config.load(home=base, imap_url="imaps://ada:hunter2@mail.test"), {})

    [more] = [one for one in given if one.name not in {one.name for one in without}]
    assert list(more.argv(1)) == [sys.executable, "-m", "sixpm", "imap"]
    assert more.where == "ada@mail.test/INBOX"
