"""The harness of the benchmarks accounts for every mail, for CPU that ended processes spent, and leaves nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from bench import launching
from bench.bill import bill
from sixpm.embedded import ports
from tests.fakes.parts import require

ROOT = Path(__file__).resolve().parent.parent.parent
BUSY = "import time\nwhile time.process_time() < 0.3: pass"
PARENT = (
    f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BUSY!r}])\nprint('spent', flush=True)\ninput()"
)


@pytest.fixture
def roomy_folder() -> Iterator[Path]:
    """A folder that the database's account may enter, pytest's own may not be."""
    with tempfile.TemporaryDirectory(prefix="sixpm-test-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def tools() -> list[Path]:
    """smtp-sink and smtp-source."""
    done = subprocess.run([ROOT / "bench/tools/postfix-sink"], capture_output=True, text=True, check=False)
    require(done.returncode != 3, f"Postfix's tools need Debian packages: {done.stderr}")
    assert done.returncode == 0, done.stderr
    return [Path(line) for line in done.stdout.splitlines()]


def test_postfix_s_tools_are_unpacked_and_their_programs_run(tools: list[Path]) -> None:
    said = [subprocess.run([tool, "-h"], capture_output=True, text=True, check=False).stderr for tool in tools]

    assert [tool.name for tool in tools] == ["smtp-sink", "smtp-source"]
    assert all("usage" in words for words in said), said


@pytest.mark.story
def test_a_small_run_accounts_for_every_mail_and_leaves_nothing(tools: list[Path], roomy_folder: Path) -> None:
    words = [sys.executable, "-m", "bench.outbound", "--recipients", "300", "--connections", "2"]
    environment = {**os.environ, "TMPDIR": str(roomy_folder)}

    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=280)

    assert done.returncode == 0, done.stderr
    line = json.loads(done.stdout.splitlines()[-1])
    assert (line["recipients"], line["faults"], sum(line["by_second"])) == (300, [], 300)
    assert line["end_to_end"] > 0 < line["peak_rss_mb"]
    assert {"postgres", "rabbitmq", "sink", "workers", "plan"} <= line["cpu_us_per_message"].keys()
    assert not list(roomy_folder.iterdir())


@pytest.mark.parametrize(
    "words", [["mail", "--mails", "50"], ["dkim", "--seconds", "0.01"], ["rounds", "--members", "8", "--teams", "2"]]
)
def test_a_small_benchmark_runs_and_ends_with_json(words: list[str], roomy_folder: Path) -> None:
    command = [sys.executable, "-m", f"bench.{words[0]}", *words[1:]]
    environment = {**os.environ, "TMPDIR": str(roomy_folder)}

    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment, timeout=120)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])


def test_books_that_do_not_balance_are_told(engine_db: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_SECRET_KEY", "a secret of the tests, long enough")
    url = engine_db.url.render_as_string(hide_password=False)
    workspace_id = launching.seed(url, 4)
    with engine_db.begin() as conn:
        planned = launching.launch(conn, workspace_id, "prompt", 4)
        conn.execute(text("UPDATE delivery SET state = 'sent', sent_at = now() WHERE seq <= 3"))
        at = conn.execute(text("SELECT now() - interval '1 hour'")).scalar_one()

    books = launching.check(url, launching.Launched(planned.run_id, 4, 0.0, at, 0.0, 0.0))

    assert books.states == {"queued": 1, "sent": 3}
    assert books.faults == ["4 rows sent"]


def test_what_an_ended_child_spent_stays_on_its_group_s_bill() -> None:
    words = [sys.executable, "-c", PARENT]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        before = bill({"group": process.pid})
        assert process.stdout is not None
        process.stdout.readline()

        spent = bill({"group": process.pid}).since(before)
        process.communicate("\n")

    assert spent.groups["group"] >= 0.25


def test_the_proxy_of_a_distance_passes_everything_on_in_order() -> None:
    listen = ports.free_port()
    sent = os.urandom(300_000)
    with socket.create_server((ports.LOOPBACK, 0)) as far:
        words = [sys.executable, "-m", "bench.delay", str(listen), str(far.getsockname()[1]), "5"]
        with subprocess.Popen(words, cwd=ROOT) as proxy:
            try:
                while not ports.answers(listen):
                    assert proxy.poll() is None
                far.accept()[0].close()  # the question whether it answers
                with socket.create_connection((ports.LOOPBACK, listen), timeout=30) as near:
                    accepted = far.accept()[0]
                    with accepted:
                        accepted.sendall(sent)
                    got = b"".join(iter(lambda: near.recv(65536), b""))
            finally:
                proxy.terminate()

    assert got == sent
