"""What chat services share in saying no: which answers are for good, for now, for everything, or leave a doubt."""

from __future__ import annotations

import json
from typing import Any

from engine.errors import TransportError
from engine.transports.net import Answer, CallFailed, retry_after

FOR_NOW = frozenset({408, 425, 429})


def no_answer(service: str, failed: CallFailed, again: bool = False) -> TransportError:
    """A call without an answer: in doubt once the request was written, unless it may be made `again` without harm."""
    doubtful = failed.written and not again
    return TransportError(f"{service} did not answer: {failed}.", code="no_answer", in_doubt=doubtful)


def refused(
    service: str, answer: Answer, now: float, words: str = "", code: str = "", wait: float | None = None,
    again: bool = False,
) -> TransportError:  # fmt: skip
    """The error of an answer that is no success.

    4xx: for good, with the service's own `words`, but for 408, 425 and 429. 429 is about our pace, not about the post;
    `wait` is what the body asks for, else Retry-After counts. 503 says that nothing was done, every other 5xx says
    nothing about what happened behind it, so that only a call that may be made `again` is without doubt.
    """
    status = answer.status
    said = words or answer.text(200).strip()
    if 300 <= status < 400:
        said = "it redirects, and redirects are not followed. Enter the final address."
    return TransportError(
        f"{service} answered {status}{': ' + said if said else '.'}",
        permanent=status < 500 and status not in FOR_NOW,
        retry_after=retry_after(answer.headers, now) if wait is None else wait,
        code=code or str(status),
        in_doubt=status >= 500 and status != 503 and not again,
        scope="rate" if status == 429 else "recipient",
    )


def said(answer: Answer) -> dict[str, Any]:
    """The body as a JSON object; an empty one where it is none."""
    try:
        found = json.loads(answer.body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def seconds(value: object) -> float | None:
    """A wait in seconds as a JSON body gives it."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None
