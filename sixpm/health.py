"""Health of one part, for container health checks: quick, quiet, exit code 0 or 1."""

from __future__ import annotations

import sys

import httpx

from engine import config, db
from engine.config import Settings
from sixpm.embedded import ports

STALE = 60.0  # seconds; every role beats at least every 10


def main(part: str, queues: tuple[str, ...] = ()) -> int:
    """0 when `part` works, else 1 with the reason on stderr."""
    trouble = reason(config.settings(), part, queues)
    if trouble:
        print(trouble, file=sys.stderr)  # noqa: T201 - the health check's answer
    return 1 if trouble else 0


def reason(settings: Settings, part: str, queues: tuple[str, ...]) -> str | None:
    """Why `part` does not work, or None."""
    if part == "web":
        return _web(settings)
    if part == "catcher":
        return _port(settings.catcher_port, ports.LOOPBACK)
    if part == "smtpd":
        return _port(settings.smtpd_port, settings.smtpd_host)
    return _beats(
        settings, [part] if part in ("scheduler", "imap") else [f"queue:{name}" for name in queues or ("send",)]
    )


def _web(settings: Settings) -> str | None:
    url = f"http://{ports.reachable(settings.web_host)}:{settings.web_port}/livez"
    try:
        answer = httpx.get(url, timeout=5, trust_env=False)
    except httpx.HTTPError as error:
        return f"{url}: {error}"
    return None if answer.status_code == 200 else f"{url} answers {answer.status_code}"


def _port(port: int, host: str) -> str | None:
    return (
        None if ports.answers(port, ports.reachable(host), 3) else f"nothing answers on {ports.reachable(host)}:{port}"
    )


def _beats(settings: Settings, roles: list[str]) -> str | None:
    engine = db.create_engine(config.required(settings.database_url, "database_url"), size=1, app="sixpm-health")
    try:
        with engine.connect() as conn:
            ages = db.heartbeats(conn)
    except db.Failure as error:
        return str(getattr(error, "orig", error)).splitlines()[0]
    finally:
        engine.dispose()
    dead = [role for role in roles if ages.get(role, STALE) >= STALE]
    return f"no sign of life for {STALE:.0f} s from {', '.join(dead)}" if dead else None
