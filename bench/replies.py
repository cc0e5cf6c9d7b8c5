"""Reads mails for a corpus scorer: paths on standard input, one JSON object a line on standard output.

    python -m bench.replies < paths

The keys fit every kind of corpus file: reply, forwarded/message/from/subject, recipients/permanent, kind,
text/filenames/attachment_sizes, ok/sha256, and ms, the milliseconds spent on that mail.
"""

from __future__ import annotations

import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

from engine.inbound.parse import ParsedMail, parse

_KINDS = {"complaint": "feedback_report", "reply": "human", "forward": "human"}


def describe(mail: ParsedMail) -> dict[str, Any]:
    """The facts of a parsed mail under the scorer's names."""
    carried = mail.forward
    source = carried.original_from if carried is not None else mail.from_
    return {
        "reply": mail.reply_text,
        "text": mail.text,
        "forwarded": carried is not None,
        "message": carried.comment if carried is not None else None,
        "from": f"{source.name} <{source.address}>" if source is not None else "",
        "subject": carried.original_subject if carried is not None else mail.subject,
        "to": [item.address for item in mail.to],
        "in_reply_to": mail.in_reply_to,
        "references": mail.references,
        "recipients": [item.address for item in mail.bounce.recipients] if mail.bounce else [],
        "permanent": mail.bounce.permanent if mail.bounce else None,
        "kind": _KINDS.get(mail.kind, mail.kind),
        "filenames": [item.name for item in mail.attachments if item.name],
        "attachment_sizes": [item.size for item in mail.attachments],
        "ok": not any(fault.startswith("unreadable") for fault in mail.faults),
        "confidence": mail.confidence,
        "faults": mail.faults,
    }


def main() -> None:
    """One line out for each path in, in order."""
    for line in sys.stdin:
        path = line.rstrip("\n")
        if not path:
            continue
        raw = Path(path).read_bytes()
        start = time.perf_counter()
        mail = parse(raw)
        spent = 1000 * (time.perf_counter() - start)
        answer = {"path": path, **describe(mail), "sha256": hashlib.sha256(raw).hexdigest(), "ms": spent}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
