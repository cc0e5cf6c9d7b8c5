"""Hints at mails that come faster than the broker takes hints."""

from __future__ import annotations

import os
import subprocess
import sys

from kombu import Connection

LISTENER = """
import sys
from engine.tasks import hints
offer = hints.gathering()
for number in range(200):
    offer(number)
sys.stdin.read()  # until the test has seen them
"""


def test_every_mail_is_hinted_at_once_and_several_share_a_hint(rabbit_url: str) -> None:
    named: list[int] = []
    messages = 0
    environment = {**os.environ, "SIXPM_BROKER_URL": rabbit_url}
    listener = subprocess.Popen([sys.executable, "-c", LISTENER], env=environment, stdin=subprocess.PIPE)
    try:
        with Connection(rabbit_url) as connection:
            queue = connection.SimpleQueue("inbound")
            while len(named) < 200:
                message = queue.get(timeout=30)
                named += message.payload[0][0]
                message.ack()
                messages += 1
            queue.queue.delete()
    finally:
        listener.communicate(timeout=30)

    assert named == list(range(200))
    assert messages < 200
