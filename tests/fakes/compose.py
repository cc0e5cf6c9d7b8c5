"""docker-compose.yml without an engine: its services as processes of this machine.

What a service is given is what a container of it would get: its command and health check from the file, an environment
of its own, the secrets it lists and no other. Only places differ: hosts become 127.0.0.1, ports and paths our own.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from sixpm.embedded import ports, postgres
from tests.fakes.compose_file import Service, ordered, seconds
from tests.fakes.guard import Guard
from tests.fakes.rabbit import NODE, Rabbit


class Broker(Rabbit):
    """A node that reads conf.d, as the image's does; the user in it replaces guest."""

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "RABBITMQ_CONFIG_FILES": str(self.folder / "conf.d")}

    def _answers(self) -> bool:
        return ports.answers(self.port)

    def diagnostics(self, words: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        """The command line and environment of rabbitmq-diagnostics."""
        tool = self.parts.rabbit / "escript" / "rabbitmq-diagnostics"
        env = {**self._environment(), "ESCRIPT_EMULATOR": str(self.parts.bin / "erlexec")}
        return [str(self.parts.erlang / "bin" / "escript"), str(tool), "-n", NODE, *words], env


@dataclass
class Project:
    """The services of a file, run in `folder`. `site` is the installed wheel, `secrets` the files by name."""

    folder: Path
    services: Mapping[str, Service]
    secrets: Mapping[str, Path]
    image: Mapping[str, str]
    site: Path
    guard: Guard
    ports: dict[str, int] = field(default_factory=dict)
    processes: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    started: list[str] = field(default_factory=list)
    broker: Broker | None = None
    database: postgres.Server | None = None

    def up(self) -> None:
        """Start every service when what it depends on is as it asks; then wait until all are healthy."""
        for service in ordered(self.services):
            for other, condition in service.depends_on.items():
                {"service_healthy": self.healthy, "service_completed_successfully": self.completed}[condition](other)
            self.started.append(service.name)
            {"postgres": self._postgres, "rabbitmq": self._rabbitmq}.get(service.name, self._process)(service)
        for name in self.started:
            if self.services[name].health:
                self.healthy(name)

    def healthy(self, name: str) -> None:
        """Wait until the health check of a service succeeds; AssertionError after the time the file gives it."""
        service, said = self.services[name], ""
        deadline = time.monotonic() + service.patience
        while time.monotonic() < deadline:
            good, said = self._probe(service)
            if good:
                return
            assert all(p.poll() is None for p in self.processes.get(name, ())), f"{name} ended:\n{self.log(name)}"
            time.sleep(0.3)
        raise AssertionError(f"{name} did not become healthy: {said}\n{self.log(name)}")

    def completed(self, name: str) -> None:
        """Wait until a service has ended with 0."""
        for process in self.processes[name]:
            assert process.wait(120) == 0, f"{name} failed:\n{self.log(name)}"

    def exec(self, name: str, *command: str) -> str:
        """What a command in the container of a service says: docker compose exec."""
        service = self.services[name]
        done = subprocess.run(self._argv(service, command), env=self._env(service), cwd=self._home(service),
                              capture_output=True, text=True, check=False, timeout=60)  # fmt: skip
        return done.stdout + done.stderr

    def down(self) -> dict[str, float]:
        """Stop all services, the last first, each by its signal; the seconds each took. None may need KILL."""
        took: dict[str, float] = {}
        for name in reversed(self.started):
            began = time.monotonic()
            self._stop(self.services[name])
            took[name] = time.monotonic() - began
            assert took[name] < self.services[name].grace, f"{name} took {took[name]:.1f} s:\n{self.log(name)}"
        return took

    def kill(self) -> None:
        """End whatever still runs."""
        for process in [process for found in self.processes.values() for process in found]:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)
        if self.broker is not None:
            self.broker.stop()
        postgres.stop(self.folder / "postgres")

    def log(self, name: str) -> str:
        """The end of what a service wrote."""
        return "\n".join(path.read_text()[-3000:] for path in sorted(self.folder.glob(f"{name}-*.log")))

    # -- places

    def environment(self, service: Service) -> dict[str, str]:
        """The environment of a container of a service, its places made ours. Nothing of this process's own."""
        inside = {**self.image, **service.environment} if service.built else dict(service.environment)
        return {name: self._here(service, name, str(value)) for name, value in inside.items()}

    def _here(self, service: Service, name: str, value: str) -> str:
        if name.endswith("_PORT"):
            return str(self.ports.setdefault(value, ports.free_port()))
        if value in service.secrets:
            return str(self._localised(service.secrets[value]))
        assert not value.startswith("/run/secrets/"), f"{service.name} is not given the secret of {name}"
        if value.startswith("/var/lib/sixpm"):
            return str(self._home(service)) + value.removeprefix("/var/lib/sixpm")
        return ports.LOOPBACK if value in ("0.0.0.0", *self.services) else value

    def _localised(self, name: str) -> Path:
        """The file of a secret, with `service:port` in it made an address of this machine."""
        text = self.secrets[name].read_text()
        for service in self.services:
            text = re.sub(rf"\b{service}:(\d+)", lambda found: f"{ports.LOOPBACK}:{self.ports[found[1]]}", text)
        path = self.folder / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text(text)
        return path

    def _home(self, service: Service) -> Path:
        home = self.folder / "home" / service.name
        home.mkdir(parents=True, exist_ok=True)
        return home

    # -- processes

    def _process(self, service: Service) -> None:
        self.processes[service.name] = [self._started(service, n) for n in range(service.replicas)]

    def _started(self, service: Service, number: int) -> subprocess.Popen[bytes]:
        argv, env = self._argv(service, service.command), self._env(service)
        with open(self.folder / f"{service.name}-{number}.log", "ab") as log:
            process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env,
                                       cwd=self._home(service), start_new_session=True)  # fmt: skip
        self.guard.process(process.pid)
        return process

    def _argv(self, service: Service, command: Sequence[str]) -> list[str]:
        program, *words = command
        assert service.built, f"{service.name}: how is {service.image} run here?"
        return [str(self.site / "bin" / program), *(ports.LOOPBACK if word == "0.0.0.0" else word for word in words)]

    def _env(self, service: Service) -> dict[str, str]:
        # The wheel comes before everything else that Python could find.
        return {"PATH": f"{self.site / 'bin'}:{os.defpath}", "PYTHONPATH": str(self.site), **self.environment(service)}

    def _check(self, service: Service) -> tuple[list[str], dict[str, str]]:
        if service.name == "postgres":
            assert self.database is not None
            env = {"PATH": f"{self.database.bin}:{os.defpath}", "PGPORT": str(self.database.port)}
            return [str(self.database.bin / service.health[0]), *service.health[1:]], env
        if service.name == "rabbitmq":
            assert self.broker is not None
            assert service.health[0] == "rabbitmq-diagnostics"
            return self.broker.diagnostics(service.health[1:])
        return self._argv(service, service.health), self._env(service)

    def _probe(self, service: Service) -> tuple[bool, str]:
        """One health check; one that takes too long has failed, as with an engine."""
        (argv, env), timeout = self._check(service), seconds(service.raw["healthcheck"]["timeout"])
        try:
            done = subprocess.run(
                argv, env=env, cwd=self._home(service), capture_output=True, text=True, check=False, timeout=timeout
            )
        except subprocess.TimeoutExpired:
            return False, f"no answer within {timeout:.0f} s"
        return done.returncode == 0, done.stdout + done.stderr

    def _stop(self, service: Service) -> None:
        if service.name == "postgres":
            assert service.stop_signal is signal.SIGINT, "postgres.stop sends SIGINT"
            postgres.stop(self.folder / "postgres", service.grace)
        elif self.broker is not None and service.name == "rabbitmq":
            self.broker.stop()
            self.broker = None
        else:
            self._stop_processes(service)

    def _stop_processes(self, service: Service) -> None:
        found = self.processes.pop(service.name)
        ended = [process for process in found if process.poll() is not None]
        assert not ended or service.name == "migrate", f"{service.name} had ended:\n{self.log(service.name)}"
        for process in found:
            if process.poll() is None:
                process.send_signal(service.stop_signal)
        for process in found:
            try:
                code = process.wait(service.grace)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            assert code == 0, f"{service.name} ended with {code}:\n{self.log(service.name)}"

    # -- servers whose images are not ours

    def _postgres(self, service: Service) -> None:
        """PostgreSQL with the user, password and database that the image's entrypoint would make."""
        options = [
            word for flag, word in zip(service.command[1::2], service.command[2::2], strict=True) if flag == "-c"
        ]
        given = dict(option.split("=", 1) for option in options)
        env = self.environment(service)
        server = self.database = postgres.start(self.folder / "postgres", settings=given, sync=False)
        self.guard.process(server.pid)
        self.ports["5432"] = server.port
        password = Path(env["POSTGRES_PASSWORD_FILE"]).read_text().strip()
        plain = server.url("postgres").replace("+psycopg", "")
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(f"ALTER USER {env['POSTGRES_USER']} PASSWORD '{password}'".encode())
            connection.execute(f"CREATE DATABASE {env['POSTGRES_DB']}".encode())

    def _rabbitmq(self, service: Service) -> None:
        """RabbitMQ with the service's own configuration files in conf.d."""
        self.broker = Broker(self.folder / "rabbitmq", self.guard)
        self.ports["5672"] = self.broker.port
        folder = self.broker.folder / "conf.d"
        folder.mkdir(parents=True)
        for target, name in service.secrets.items():
            assert target.startswith("/etc/rabbitmq/conf.d/")
            (folder / Path(target).name).write_text(self.secrets[name].read_text())
        self.broker.start()
