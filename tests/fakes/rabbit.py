"""A private RabbitMQ node with its own epmd, from Debian's packages unpacked or installed; no root, no fixed port.

The Erlang VM is started directly: Debian's `erl` script has the installed place written into it, and the server's
own scripts break on folders with blanks.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from pathlib import Path

import amqp
import pytest

from sixpm.embedded import ports
from tests.fakes.debian import library_path, unpacked
from tests.fakes.guard import Guard

NODE = "sixpm@localhost"


@dataclass(frozen=True)
class Parts:
    """Where Erlang and RabbitMQ lie. `extra`: Erlang libraries beside the ones under `erlang`."""

    erlang: Path
    rabbit: Path
    extra: Path | None
    libraries: str

    @cached_property
    def bin(self) -> Path:
        return sorted(self.erlang.glob("erts-*"))[-1] / "bin"


def parts() -> Parts:
    """Erlang and RabbitMQ, from the unpacked packages or, where those are installed, from the system."""
    folder = unpacked("rabbitmq", "rabbitmq-server")
    ours, system = folder / "usr/lib", Path("/usr/lib")
    erlang = next(lib / "erlang" for lib in (ours, system) if list((lib / "erlang").glob("erts-*/bin/erlexec")))
    servers = [path for lib in (ours, system) for path in sorted((lib / "rabbitmq/lib").glob("rabbitmq_server-*"))]
    extra = ours / "erlang/lib" if erlang != ours / "erlang" and (ours / "erlang/lib").is_dir() else None
    return Parts(erlang, servers[0], extra, library_path(folder))


@dataclass
class Rabbit:
    """One node. `start`, `stop` (in order), `kill` (SIGKILL), `restart`; its data outlive all of them."""

    folder: Path
    guard: Guard
    parts: Parts = field(default_factory=parts)
    port: int = field(default_factory=ports.free_port)
    dist_port: int = field(default_factory=ports.free_port)
    epmd_port: int = field(default_factory=ports.free_port)
    vhosts: Iterator[int] = field(default_factory=count)
    _epmd: subprocess.Popen[bytes] | None = None
    _node: subprocess.Popen[bytes] | None = None

    def url(self, vhost: str = "/") -> str:
        """The AMQP URL of a virtual host."""
        return f"amqp://guest:guest@{ports.LOOPBACK}:{self.port}/{'%2F' if vhost == '/' else vhost}"

    @property
    def pid(self) -> int:
        assert self._node is not None
        return self._node.pid

    def start(self, timeout: float = 90) -> None:
        """Start epmd and the node; return when AMQP answers."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "enabled_plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = {ports.LOOPBACK}:{self.port}\n"
            "disk_free_limit.absolute = 50MB\nvm_memory_high_watermark.absolute = 1GB\nlog.file.level = warning\n"
        )
        self._start_epmd()
        self._node = self._spawn(
            [
                "-noinput",
                "-s",
                "rabbit",
                "boot",
                "-boot",
                "start_sasl",
                "+W",
                "w",
                "+sbwt",
                "none",
                "+B",
                "i",
                "+S",
                "2:2",
            ]
        )
        self._wait(timeout)

    def stop(self) -> None:
        """Stop in order (TERM), then epmd."""
        self._end(self._node, signal.SIGTERM)
        self._end(self._epmd, signal.SIGKILL)
        self._node = self._epmd = None

    def kill(self) -> None:
        """kill -9 the node; epmd stays."""
        self._end(self._node, signal.SIGKILL)
        self._node = None

    def restart(self) -> None:
        """Start again after stop or kill."""
        self.start()

    def vhost(self) -> str:
        """The AMQP URL of a new, empty virtual host."""
        name = f"v{next(self.vhosts)}"
        self.call(f'rabbit_vhost:add(<<"{name}">>, <<"test">>)')
        every = '<<".*">>'
        self.call(
            f'rabbit_auth_backend_internal:set_permissions(<<"guest">>, <<"{name}">>, {every}, {every}, {every}, '
            '<<"test">>)'
        )
        return self.url(name)

    def call(self, expression: str) -> str:
        """Evaluate an Erlang expression on the node."""
        module, _, rest = expression.partition(":")
        function, _, arguments = rest.partition("(")
        remote = f"rpc:call('{NODE}', {module}, {function}, [{arguments.rstrip(')')}])"
        code = f'io:format("~p", [{remote}]), halt().'
        done = subprocess.run(
            [
                self.parts.bin / "erlexec",
                "-noinput",
                "-hidden",
                "-sname",
                f"caller{os.getpid()}@localhost",
                "-eval",
                code,
            ],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
            cwd=self.folder,
        )
        assert "badrpc" not in done.stdout, done.stdout
        return done.stdout

    def _start_epmd(self) -> None:
        if self._epmd and self._epmd.poll() is None:
            return
        self._epmd = subprocess.Popen(
            [self.parts.bin / "epmd", "-address", ports.LOOPBACK, "-port", str(self.epmd_port)],
            env=self._environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd=self.folder,
        )
        self.guard.process(self._epmd.pid)
        deadline = time.monotonic() + 20
        while not ports.answers(self.epmd_port):
            assert time.monotonic() < deadline, "epmd does not answer"
            time.sleep(0.02)

    def _spawn(self, words: list[str]) -> subprocess.Popen[bytes]:
        with open(self.folder / "node.log", "ab") as log:
            node = subprocess.Popen(
                [self.parts.bin / "erlexec", *words],
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd=self.folder,
            )
        self.guard.process(node.pid)
        return node

    def _environment(self) -> dict[str, str]:
        folder = self.folder
        libs = [self.parts.rabbit / "plugins", *([self.parts.extra] if self.parts.extra else [])]
        return {
            "PATH": f"{self.parts.bin}:/usr/bin:/bin",
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "LD_LIBRARY_PATH": self.parts.libraries,
            "ROOTDIR": str(self.parts.erlang),
            "BINDIR": str(self.parts.bin),
            "EMU": "beam",
            "PROGNAME": "erl",
            "ERL_LIBS": ":".join(map(str, libs)),
            "ERL_EPMD_PORT": str(self.epmd_port),
            "ERL_EPMD_ADDRESS": ports.LOOPBACK,
            "ERL_MAX_PORTS": "4096",
            "RABBITMQ_HOME": str(self.parts.rabbit),
            "RABBITMQ_NODENAME": NODE,
            "RABBITMQ_NODE_IP_ADDRESS": ports.LOOPBACK,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.dist_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        }

    def _wait(self, timeout: float) -> None:
        deadline = time.monotonic() + timeout
        while not self._answers():
            assert self._node is not None
            if self._node.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"RabbitMQ did not start:\n{(self.folder / 'node.log').read_text()[-3000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with amqp.Connection(f"{ports.LOOPBACK}:{self.port}", connect_timeout=2, read_timeout=5):
                return True
        except (OSError, amqp.exceptions.AMQPError):
            return False

    @staticmethod
    def _end(process: subprocess.Popen[bytes] | None, how: signal.Signals) -> None:
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@pytest.fixture(scope="session")
def rabbit(guard: Guard) -> Iterator[Rabbit]:
    """The test run's RabbitMQ node, started at first use."""
    folder = Path(tempfile.mkdtemp(prefix="sixpm-rabbit-"))
    guard.folder(folder)
    node = Rabbit(folder, guard)
    node.start()
    yield node
    node.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def rabbit_url(rabbit: Rabbit) -> str:
    """The AMQP URL of a fresh virtual host on the test run's node."""
    return rabbit.vhost()
