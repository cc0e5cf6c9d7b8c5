"""What was read of a mail, under the names that a corpus scorer has for it, and as a text for a person."""

from __future__ import annotations

from typing import Any

from engine.inbound.parse import ParsedMail

_KINDS = {"complaint": "feedback_report", "reply": "human", "forward": "human"}


def describe(mail: ParsedMail) -> dict[str, Any]:
    """One object for every kind of question: reply, forward, bounce, kind, decoding, robustness."""
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


def told(mail: ParsedMail) -> str:
    """The same for a person: who, what kind of mail, what they said, what was cut away, what was wrong."""
    sender = f"{mail.from_.name} <{mail.from_.address}>".strip() if mail.from_ else "nobody"
    kind = f"{mail.kind} ({', '.join(mail.reasons)})" if mail.reasons else mail.kind
    lines = [
        f"From: {sender}",
        f"To: {', '.join(item.address for item in mail.to)}",
        f"Date: {mail.date}",
        f"Subject: {mail.subject}",
        f"Kind: {kind}",
    ]
    if mail.forward is not None:
        lines.append(f"Forwarded: {mail.forward.original_subject}")
    for failed in mail.bounce.recipients if mail.bounce else ():
        lines.append(f"Failed: {failed.address} {failed.status} {failed.diagnostic}".rstrip())
    lines += [f"Attached: {item.name or item.content_type}, {item.size} bytes" for item in mail.attachments]
    lines += [f"Fault: {fault}" for fault in mail.faults]
    lines.append(f"Confidence: {mail.confidence:.2f}{''.join(f', {why}' for why in mail.confidence_reasons)}")
    said = [mail.reply_text or "(nothing was said)"]
    cut = ["", "--- cut away ---", mail.cut_text] if mail.cut_text else []
    return "\n".join([*lines, "", *said, *cut])
