"""docker-compose.yml, .env and Dockerfile as data: what each service of a project is given."""

from __future__ import annotations

import re
import shlex
import signal
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True)
class Service:
    """One service as the file has it, variables filled in. `secrets`: path in the container → name."""

    name: str
    image: str
    built: bool
    command: tuple[str, ...]
    environment: Mapping[str, str]
    secrets: Mapping[str, str]
    depends_on: Mapping[str, str]
    health: tuple[str, ...]
    patience: float
    grace: float
    stop_signal: signal.Signals
    replicas: int
    profiles: tuple[str, ...]
    raw: Mapping[str, Any]


def services(document: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Service]:
    """The services of a compose document by name; `env` are the variables of its .env file."""
    return {name: _service(name, _filled(raw, env), env) for name, raw in document["services"].items()}


def _service(name: str, raw: Mapping[str, Any], env: Mapping[str, str]) -> Service:
    check = raw.get("healthcheck", {})
    assert check.get("test", ["CMD"])[0] == "CMD", f"{name}: the health check needs a shell"
    waits = seconds(check.get("start_period", "0s")) + check.get("retries", 3) * seconds(check.get("interval", "30s"))
    return Service(
        name=name,
        image=raw["image"],
        built="build" in raw,
        command=tuple(raw.get("command", ())),
        environment={**(env if raw.get("env_file") == ".env" else {}), **raw.get("environment", {})},
        secrets=dict(map(_secret, raw.get("secrets", ()))),
        depends_on={other: how["condition"] for other, how in raw.get("depends_on", {}).items()},
        health=tuple(check.get("test", ["CMD"])[1:]),
        patience=waits,
        grace=seconds(raw.get("stop_grace_period", "10s")),
        stop_signal=signal.Signals[raw.get("stop_signal", "SIGTERM")],
        replicas=raw.get("deploy", {}).get("replicas", 1),
        profiles=tuple(raw.get("profiles", ())),
        raw=raw,
    )


def _secret(given: str | Mapping[str, str]) -> tuple[str, str]:
    if isinstance(given, str):
        return f"/run/secrets/{given}", given
    return given["target"], given["source"]


def _filled(value: Any, env: Mapping[str, str]) -> Any:
    """`value` with ${NAME} and ${NAME:-default} replaced in every text."""
    if isinstance(value, str):
        return _VARIABLE.sub(lambda found: env.get(found[1]) or found[2] or "", value)
    if isinstance(value, list):
        return [_filled(part, env) for part in value]
    return {key: _filled(part, env) for key, part in value.items()} if isinstance(value, dict) else value


def seconds(text: str) -> float:
    """A duration such as 1m30s."""
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)(ms|s|m|h)", text))


def settings(text: str) -> dict[str, str]:
    """The variables of an .env file."""
    lines = [line.partition("=") for line in text.splitlines() if line and not line.startswith("#")]
    return {name: shlex.split(value)[0] if value else "" for name, _, value in lines}


def image_environment(dockerfile: str) -> dict[str, str]:
    """What the image's last stage sets, PATH apart."""
    last = re.split(r"^FROM ", dockerfile, flags=re.MULTILINE)[-1]
    pairs = [word.partition("=") for line in re.findall(r"^ENV (.+)$", last, re.MULTILINE) for word in line.split()]
    return {name: value for name, _, value in pairs if name != "PATH"}


def ordered(found: Mapping[str, Service]) -> list[Service]:
    """Each service after those it depends on. Raises KeyError for one that is not there."""
    done: dict[str, Service] = {}

    def visit(service: Service) -> None:
        for other in service.depends_on:
            visit(found[other])
        done.setdefault(service.name, service)

    for service in found.values():
        visit(service)
    return list(done.values())


def read(path: Path) -> dict[str, Any]:
    """A compose file as it is written."""
    found: dict[str, Any] = yaml.safe_load(path.read_text())
    return found


def blocks(page: Path, language: str) -> Iterator[str]:
    """The fenced blocks of one language in a page."""
    yield from re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(), re.MULTILINE | re.DOTALL)
