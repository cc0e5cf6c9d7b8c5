"""What a parsed mail is: frozen dataclasses that survive a round trip through JSON.

Everything here is text, numbers, booleans and tuples of such; no bytes (attachments stay in the raw mail,
`Attachment.path` finds them again). All text is safe for PostgreSQL and for outgoing headers: no NUL, no lone
surrogate; header values carry no CR or LF.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Kind = Literal["reply", "forward", "autoreply", "bounce", "delay", "complaint", "list", "challenge", "human"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ROBOTS: frozenset[Kind] = frozenset({"autoreply", "bounce", "delay", "complaint", "challenge"})
"""Kinds that no person wrote for us: never answered, never turned into entries."""


@dataclass(frozen=True)
class Address:
    """One mailbox; `address` is lower case, "" where the header had none."""

    name: str
    address: str


@dataclass(frozen=True)
class Attachment:
    """A part that is not the text. `size`: decoded bytes. `path`: child numbers from the root, "1.2"."""

    name: str
    content_type: str
    size: int
    content_id: str = ""
    inline: bool = False
    path: str = ""


@dataclass(frozen=True)
class FailedRecipient:
    """One recipient of a delivery report (RFC 3464 section 2.3). `permanent` is None where the report does not say."""

    address: str
    action: str = ""
    status: str = ""
    diagnostic: str = ""
    permanent: bool | None = None


@dataclass(frozen=True)
class Bounce:
    """A delivery report. `source` says which reader found it: rfc3464, flufl or text."""

    recipients: tuple[FailedRecipient, ...]
    permanent: bool | None
    source: str
    original_message_id: str = ""


@dataclass(frozen=True)
class Complaint:
    """A feedback report (RFC 5965). `feedback_type`: abuse, fraud, auth-failure, not-spam, other …"""

    feedback_type: str
    recipient: str = ""
    original_message_id: str = ""
    user_agent: str = ""


@dataclass(frozen=True)
class Forward:
    """What was forwarded: whose it was, and what the person wrote above it."""

    comment: str
    original_from: Address | None
    original_subject: str
    original_date: str
    body: str


@dataclass(frozen=True)
class ParsedMail:
    """One mail, read. `text` is the whole body, `reply_text` what its writer said, `cut_text` what was cut away."""

    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    from_: Address | None = None
    sender: Address | None = None
    reply_to: tuple[Address, ...] = ()
    return_path: str | None = None
    """The envelope sender; "" for the null sender, None where no Return-Path header exists."""
    to: tuple[Address, ...] = ()
    cc: tuple[Address, ...] = ()
    delivered_to: tuple[str, ...] = ()
    subject: str = ""
    date: str = ""
    """ISO 8601 with offset, or "" where the header is absent or unreadable."""
    kind: Kind = "human"
    reasons: tuple[str, ...] = ()
    """Why `kind` is not "human"."""
    authentication_results: tuple[str, ...] = ()
    loop_headers: tuple[str, ...] = ()
    """X-Loop and the like, and "own-address" where From is in one of our own domains."""
    no_answer: bool = False
    """The sender asks for no automatic answer (X-Auto-Response-Suppress, Precedence, null sender)."""
    text: str = ""
    reply_text: str = ""
    cut_text: str = ""
    confidence: float = 1.0
    confidence_reasons: tuple[str, ...] = ()
    command: str | None = None
    attachments: tuple[Attachment, ...] = ()
    forward: Forward | None = None
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    html_only: bool = False
    faults: tuple[str, ...] = ()

    @property
    def automatic(self) -> bool:
        """True where no person wrote this mail for us."""
        return self.kind in ROBOTS


def to_dict(mail: ParsedMail) -> dict[str, Any]:
    """The mail as plain dicts and lists, for json.dumps."""
    return asdict(mail)


def _address(value: Any) -> Address | None:
    return None if value is None else Address(**value)


def from_dict(data: dict[str, Any]) -> ParsedMail:
    """The inverse of to_dict after a trip through JSON; unknown keys (a newer child) are dropped."""
    known = {f.name for f in fields(ParsedMail)}
    out: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in data.items() if key in known
    }
    for key in ("from_", "sender"):
        out[key] = _address(data.get(key))
    for key in ("reply_to", "to", "cc"):
        out[key] = tuple(Address(**a) for a in data.get(key, ()))
    out["attachments"] = tuple(Attachment(**a) for a in data.get("attachments", ()))
    if data.get("forward"):
        out["forward"] = Forward(**{**data["forward"], "original_from": _address(data["forward"]["original_from"])})
    if data.get("bounce"):
        recipients = tuple(FailedRecipient(**r) for r in data["bounce"]["recipients"])
        out["bounce"] = Bounce(**{**data["bounce"], "recipients": recipients})
    if data.get("complaint"):
        out["complaint"] = Complaint(**data["complaint"])
    return ParsedMail(**out)
