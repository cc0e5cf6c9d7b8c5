"""/livez: the process answers. /readyz: everything a mail needs is there, or why not. /metrics: Prometheus text."""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from typing import TypeVar

from flask import Blueprint, abort, current_app, jsonify, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from werkzeug.wrappers import Response

from engine import log
from engine.config import Settings
from engine.outbound import health
from engine.people.allowlist import is_loopback
from web import transaction

blueprint = Blueprint("health", __name__)
_log = log.get(__name__)
TEXT = "text/plain; version=0.0.4; charset=utf-8"
PROCESSES = ("scheduler", "smtpd")
Labels = TypeVar("Labels", bound=tuple[str, ...])
BREAKER = {"closed": 0, "trying": 1, "open": 2}


@blueprint.get("/livez")
def livez() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(ok=True)


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """200 when mail can flow, else 503; `checks` says "ok" or what is wrong, part by part."""
    checks = _database_checks() | {"broker": _broker_check()}
    ready = all(said == "ok" for said in checks.values())
    return jsonify(ready=ready, checks=checks), 200 if ready else 503


def _database_checks() -> dict[str, str]:
    from engine.tasks.app import QUEUES

    try:
        conn = transaction.conn()
        found = {"database": "ok", "migrations": health.migration_problem(conn) or "ok"}
        if found["migrations"] == "ok":
            fetching = ("imap",) if health.fetches(conn) else ()
            roles = (*PROCESSES, *fetching, *(f"queue:{queue}" for queue in QUEUES))
            found |= dict.fromkeys(roles, "ok") | health.deaf(conn) | health.silent(conn, roles)
        return found
    except Exception as error:  # whatever the driver raises is the answer
        transaction.rollback()
        _log.warning("not ready", error=str(error))
        return {"database": f"does not answer ({type(error).__name__}). Is PostgreSQL up, is SIXPM_DATABASE_URL right?"}


def _broker_check() -> str:
    from engine.tasks import broker

    return broker.problem(_settings()) or "ok"


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text. Needs the bearer token SIXPM_METRICS_TOKEN; without one only this machine may read it."""
    _allow()
    registry = CollectorRegistry()
    registry.register(_Numbers(health.numbers(transaction.conn(), transaction.now())))
    return Response(generate_latest(registry), content_type=TEXT)


def _allow() -> None:
    token = _settings().metrics_token
    if token:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.encode()):
            abort(403)
    elif not is_loopback(request.remote_addr or "") or "X-Forwarded-For" in request.headers:
        abort(403)  # a proxy on this machine makes everybody look local


def _settings() -> Settings:
    found: Settings = current_app.extensions["sixpm_settings"]
    return found


class _Numbers:
    """A collector over numbers read once."""

    def __init__(self, numbers: health.Numbers) -> None:
        self.numbers = numbers

    def collect(self) -> Iterator[Metric]:
        n = self.numbers
        yield _gauge("sixpm_due_lag_seconds", "Age of the oldest slot that is due and not planned.", "mail", n.due_lag)
        yield _gauge("sixpm_open_batches", "Batches that can be claimed now.", "transport", n.batches)
        yield GaugeMetricFamily("sixpm_leased_batches", "Batches a worker holds.", n.leased)
        yield _gauge("sixpm_inbound_mails", "Mails that wait, are held, or are parked.", "state", n.inbound)
        yield GaugeMetricFamily("sixpm_inbound_lag_seconds", "Age of the oldest unread mail.", n.inbound_lag)
        yield from self._boxes()
        said = "Calls of webhooks for mail that were refused because no key is set that could prove them."
        yield _gauge("sixpm_refused_hooks", said, "hook", n.refused)
        yield GaugeMetricFamily("sixpm_doubts", "Deliveries in doubt, of runs of the last 7 days.", n.doubts)
        said = "Second attempts after a doubt, of runs of the last 7 days; each may have arrived twice."
        yield GaugeMetricFamily("sixpm_doubt_resent", said, n.doubt_resent)
        yield _gauge("sixpm_stopped_runs", "Runs that a person paused or the system holds.", "state", n.runs)
        yield _labelled(
            "sixpm_deliveries", "Deliveries of runs of the last 24 hours.", ("kind", "state"), n.outcomes
        )  # fmt: skip
        yield _gauge("sixpm_open_deliveries", "Deliveries of runs that are not over.", "state", n.unfinished)
        yield _gauge("sixpm_wait_seconds", "Age of the oldest due batch that nobody took.", "kind", n.waits)
        yield GaugeMetricFamily("sixpm_overdue_batches", "Batches whose lease is over.", n.overdue)
        yield _gauge("sixpm_incidents", "Open incidents.", "kind", n.incidents)
        yield _gauge("sixpm_canary_age_seconds", "Since something was taken from a queue.", "queue", n.canaries)
        yield _labelled(
            "sixpm_breaker", "Circuit breakers: 0 closed, 1 trying, 2 open.", ("lane", "provider"),
            {labels: BREAKER[state] for labels, state in n.breakers.items()},
        )  # fmt: skip
        yield _labelled(
            "sixpm_mails_today", "What happened to messages today (UTC).", ("what", "transport", "relay", "provider"),
            n.today,
        )  # fmt: skip
        said = "The same of mails by From domain, whose reputation it makes."
        yield _labelled("sixpm_mails_today_by_from", said, ("what", "from_domain"), n.today_from)

    def _boxes(self) -> Iterator[Metric]:
        """Of each mailbox that mail is fetched from."""
        boxes = self.numbers.boxes
        said = "Since all that was in the mailbox had been fetched."
        yield _gauge("sixpm_imap_last_ok_seconds", said, "mailbox", {b.name: b.age for b in boxes if b.age is not None})
        said = "Since the oldest mail was seen in the mailbox that is not fetched."
        yield _gauge("sixpm_imap_lag_seconds", said, "mailbox", {b.name: b.lag or 0.0 for b in boxes})
        said = "Mails seen in the mailbox and not fetched yet."
        yield _gauge("sixpm_imap_waiting", said, "mailbox", {b.name: b.waiting for b in boxes})
        yield _gauge(
            "sixpm_imap_fetched", "Mails fetched from it so far.", "mailbox", {b.name: b.fetched for b in boxes}
        )
        said = "1 while the mailbox cannot be used."
        yield _gauge("sixpm_imap_failing", said, "mailbox", {b.name: int(bool(b.failure)) for b in boxes})


def _labelled(
    name: str, said: str, labels: tuple[str, ...], values: Mapping[Labels, int]
) -> GaugeMetricFamily:  # fmt: skip
    family = GaugeMetricFamily(name, said, labels=labels)
    for key, number in sorted(values.items()):
        family.add_metric(key, number)
    return family


def _gauge(name: str, said: str, label: str, values: dict[str, float] | dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, said, labels=[label])
    for value, number in sorted(values.items()):
        family.add_metric([value], number)
    return family
