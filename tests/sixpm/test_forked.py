"""Services in forks of the supervisor: as parted from it as programs of their own, and as well looked after.

The forks are made by a small program, since a test's own process has threads.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sixpm.embedded import forked

ROOT = Path(__file__).resolve().parents[2]
SUPERVISOR = """
import json, os, signal, sys, threading, time
from pathlib import Path
from sixpm.embedded.children import Child, Service, stop_all

module, folder = sys.argv[1], Path(sys.argv[2])
signal.signal(signal.SIGTERM, lambda *_: None)
os.environ["KEPT"], kept = "yes", open(os.devnull)
if module == "threads":
    module = "probe"
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
child = Child(Service("one of many", lambda life: [sys.executable, "-m", module, "a", str(life)], "",
                      environment={"GIVEN": "too"}, forks=True), folder)
child.start()
began = time.monotonic()
while child.alive and not (folder / "up").exists() and time.monotonic() < began + 30:
    time.sleep(0.02)
facts = {"kind": type(child._process).__name__, "pid": child.pid, "alive": child.alive}
stop_all([child], lambda text: None)
print(json.dumps(facts | {"ended": child.ended(), "took": time.monotonic() - began, "log": child.log.read_text()}))
os._exit(0)
"""
PROBE = """
import json, os, signal, sys, time
from pathlib import Path
facts = {
    "name": __name__, "argv": sys.argv[1:], "pid": os.getpid(), "session": os.getsid(0),
    "kept": os.environ.get("KEPT"), "given": os.environ.get("GIVEN"),
    "open": sorted(int(name) for name in os.listdir("/proc/self/fd") if int(name) > 2 and
                   os.path.exists(f"/proc/self/fd/{name}")),
    "stdin": os.readlink("/proc/self/fd/0"), "term": signal.getsignal(signal.SIGTERM) == signal.SIG_DFL,
}
print(json.dumps(facts), flush=True)
(Path(__file__).parent / "up").touch()
time.sleep(600)
"""
TIDY = """
import atexit, sys
from pathlib import Path
atexit.register(lambda: (Path(__file__).parent / "tidied").touch())
sys.exit(7)
"""


def supervise(folder: Path, module: str, text: str) -> dict[str, object]:
    """What a supervisor says of the service `module`, written as `text`, which it starts and stops."""
    (folder / f"{module}.py").write_text(text)
    path = os.pathsep.join((str(ROOT), str(folder)))
    argv = [sys.executable, "-c", SUPERVISOR, module, str(folder)]
    run = subprocess.run(argv, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, timeout=60)  # noqa: PLW1510
    assert run.returncode == 0, run.stderr
    found: dict[str, object] = json.loads(run.stdout)
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="services are forks on Linux alone")
def test_a_fork_keeps_nothing_of_the_supervisor_but_its_imports(tmp_path: Path) -> None:
    said = supervise(tmp_path, "probe", PROBE)

    assert (said["kind"], said["alive"], said["ended"]) == ("Forked", True, "killed by SIGTERM")
    probe = json.loads(str(said["log"]))
    assert (probe["name"], probe["argv"]) == ("__main__", ["a", "1"])
    assert probe["pid"] == probe["session"] == said["pid"]
    assert (probe["kept"], probe["given"]) == ("yes", "too")
    assert (probe["open"], probe["stdin"], probe["term"]) == ([], "/dev/null", True)


@pytest.mark.parametrize(
    ("module", "text", "code", "says"),
    [
        ("tidy", TIDY, 7, ""),
        ("wrong", "raise ValueError('no such thing')", 1, "ValueError: no such thing"),
        ("words", "import sys; sys.exit('why not')", 1, "why not"),
        ("good", "print('all said')", 0, "all said"),
    ],
)
def test_a_forks_end_is_told_as_any_programs(tmp_path: Path, module: str, text: str, code: int, says: str) -> None:
    said = supervise(tmp_path, module, text)

    assert said["ended"] == f"exit code {code}"
    assert says in str(said["log"])
    assert (tmp_path / "tidied").exists() == (module == "tidy")


def test_a_process_with_threads_is_not_forked(tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(PROBE)

    said = supervise(tmp_path, "threads", "")

    assert (said["kind"], said["alive"]) == ("Popen", True)


def test_a_killed_fork_has_ended_and_takes_no_signal(tmp_path: Path) -> None:
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)"], {})
    fork = forked.Forked(pid)
    assert fork.poll() is None

    fork.send_signal(signal.SIGKILL)

    assert fork.wait() == -signal.SIGKILL
    assert fork.poll() == -signal.SIGKILL
    fork.send_signal(signal.SIGTERM)


def test_every_module_to_import_ahead_exists() -> None:
    code = "from sixpm.embedded import forked; forked.prepare()"

    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=120)  # noqa: PLW1510

    assert run.returncode == 0, run.stderr
