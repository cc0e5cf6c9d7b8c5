"""The Celery app: every setting with its reason. Messages are hints; the rows are the truth (docs/delivery.md)."""

from __future__ import annotations

from typing import Any

from celery import Celery
from celery.signals import (
    setup_logging,
    task_prerun,
    worker_init,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutting_down,
)

from engine import db, log
from engine.config import Settings, required, settings

QUEUES = ("send", "bulk", "inbound", "upkeep")
DAY = 86400.0


def broker_options(url: str) -> dict[str, Any]:
    """The transport options of a broker URL; those of pgmq are the ones that lose nothing and do not stall."""
    if url.startswith("pgmq:"):
        return {
            "init_extension": False,  # its SQL is installed by `sixpm migrate`, no extension files are needed
            "use_notify": True,
            "notify_throttle_interval_ms": 0,
            "wait_time_seconds": 0,
            "polling_interval": 1,
            "visibility_timeout": 600,  # over prefetch x slice, or a waiting message would be handed out twice
            "pool_timeout": 2,  # the default blocks a publisher for 30 s while the database is away
            "pool_size": 4,
        }
    return {"confirm_publish": True}  # without it a broker restart loses what it had not written


def lifetime(url: str, seconds: float) -> dict[str, float]:
    """The options of a message that is stale after `seconds`, whatever the clocks of its sender and reader say.

    RabbitMQ counts by itself. Celery's own `expires` is an instant of the sender's clock that the reader compares with
    its own: with 60 s of it, a worker two hours ahead dropped every hint and sent nothing. Queues in PostgreSQL have
    nothing else, so there a message lives for a day; what is stale in it finds nothing to claim.
    """
    return {"expires": max(seconds, DAY)} if url.startswith("pgmq:") else {"expiration": seconds}


def configuration(chosen: Settings) -> dict[str, Any]:
    """All Celery settings for these settings."""
    url = required(chosen.broker_url, "broker_url")
    virtual = url.startswith("pgmq:")
    return {
        "broker_url": url,
        "broker_transport_options": broker_options(url),
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,  # the default gives up after 100
        "broker_heartbeat": 30,
        "broker_pool_limit": 2,  # producers send no heartbeats, so few connections and short
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1},  # a lost hint is found by the sweep
        "task_default_queue": "upkeep",
        "task_default_queue_type": "classic" if virtual else chosen.queue_type,
        "worker_detect_quorum_queues": not virtual and chosen.queue_type == "quorum",
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_ignore_result": True,  # no result backend: fan-in is counted in rows
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        # One dead child must not wait behind the others; virtual transports stall below 2 and want 4.
        "worker_prefetch_multiplier": 4 if virtual else 1,
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # the epoch guards; True doubted 20 rows, this 0
        "worker_enable_remote_control": False,  # pgmq cannot name the reply queues; heartbeats are rows
        "worker_send_task_events": False,
        "worker_soft_shutdown_timeout": 0.0,
        "worker_hijack_root_logger": False,
        "imports": ("engine.tasks.deliver", "engine.tasks.receive", "engine.tasks.upkeep"),
    }


celery_app = Celery("sixpm", set_as_current=True)
celery_app.config_from_object("engine.tasks.settings")


@setup_logging.connect  # type: ignore[untyped-decorator]
def _logging(**_: Any) -> None:
    log.setup("worker", settings().log_json)


@worker_init.connect  # type: ignore[untyped-decorator]
def _begin(**_: Any) -> None:
    from engine.tasks import process

    process.begin()


@worker_ready.connect  # type: ignore[untyped-decorator]
def _ready(**_: Any) -> None:
    log.get(__name__).info("worker ready")  # the supervisor of `sixpm run` waits for these words


@worker_process_init.connect  # type: ignore[untyped-decorator]
def _born(**_: Any) -> None:
    db.forget()  # sockets of the parent are not ours: everything is opened after the fork


@task_prerun.connect  # type: ignore[untyped-decorator]
def _taken(task: Any = None, **_: Any) -> None:
    from engine.tasks import signs

    queue = (task.request.delivery_info or {}).get("routing_key")
    if task.name != "canary" and queue in QUEUES:
        signs.give_now_and_then(queue)


@worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _told_to_stop(**_: Any) -> None:
    from engine.tasks import process

    process.leave()


@worker_process_shutdown.connect  # type: ignore[untyped-decorator]
def _dying(**_: Any) -> None:
    from engine.tasks import process

    process.close()
