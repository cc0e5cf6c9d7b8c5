"""One instance on a pair of database and broker: its database, its virtual host, its sink, its folder."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine import db
from engine.tasks.app import QUEUES
from tests.fakes.rabbit import Rabbit
from tests.fakes.smtp_sink import sink_process
from tests.stories.instance import Durable, Instance

PAIRS = ("pgmq", "rabbitmq")
LATE = "late=0.02"  # seconds the sink takes over a mail, so that batches are still in flight when something is killed


@contextmanager
def instance_on(
    pair: str, name: str, folder: Path, durable: Durable, rabbit: Rabbit | None, script: Mapping[str, object],
    sink: Sequence[str] = (), **settings: Any,
) -> Iterator[Instance]:  # fmt: skip
    """An instance whose database is called `name`, as is its folder in `folder`; nothing runs yet but its sink.

    `rabbit` None: the queues are in the database. `script` and `sink`: what the sink does (tests.fakes.smtp_script)
    and its other options. `settings` are the instance's, over those of the stories.
    """
    server, base = durable.server, folder / name
    (base / "log").mkdir(parents=True)
    db.bootstrap(server.url("postgres"), name)
    if rabbit is None:
        db.install_queues(server.url(name), QUEUES)
    db.upgrade(server.url(name))
    (base / "script.json").write_text(json.dumps(dict(script)))
    with sink_process(base / "sink.log", "--script", str(base / "script.json"), *sink) as process:
        durable.guard.process(process.pid)
        broker = rabbit.vhost() if rabbit else server.pgmq_url(name)
        made = Instance(pair, base, durable.guard, durable, name, process, broker, rabbit, overrides=settings)
        try:
            yield made
        finally:
            made.down()
