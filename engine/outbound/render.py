"""Render a draft into the mail that leaves: text and HTML from templates/email, and every header a mail of ours has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import cache
from typing import Any

import css_inline
import idna
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from engine import tokens
from engine.config import Settings, required, shipped
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.queries.sending import Identity
from engine.transports.base import Key, Mail

LINK_DAYS = 400  # a settings link in an old mail still works a year later


@cache
def environment() -> Environment:
    """The templates of the mails: a missing variable is an error, HTML is escaped."""
    return Environment(
        loader=FileSystemLoader(shipped("templates") / "email"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


@cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=True)


@dataclass(frozen=True, slots=True)
class Sign:
    """What one workspace puts on its mails: addresses, domains and the keys its tokens are signed with."""

    name: str
    mail_from: str
    reply_domain: str
    base_url: str
    keys: tokens.Keys

    @classmethod
    def of(cls, identity: Identity, settings: Settings) -> Sign:
        """The workspace's own values, else the instance's."""
        return cls(
            identity.name,
            identity.mail_from or settings.mail_from,
            identity.reply_domain or settings.reply_domain,
            (identity.base_url or settings.base_url).rstrip("/"),
            tokens.Keys.of(required(settings.secret_key, "secret_key")),
        )

    @property
    def domain(self) -> str:
        """The domain of the From address, which is also the name given in EHLO."""
        return parseaddr(self.mail_from)[1].rpartition("@")[2] or "localhost"


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one recipient's mail; `settings` and `unsubscribe` are empty in a purely transactional mail."""

    base_url: str
    settings: str
    unsubscribe: str


def links(sign: Sign, workspace_id: int, membership_id: int | None, today: date) -> Links:
    """The signed links of one membership, good for LINK_DAYS."""
    if membership_id is None:
        return Links(sign.base_url, "", "")
    until = today + timedelta(days=LINK_DAYS)
    me = tokens.sign(sign.keys, tokens.Purpose.MEMBER, workspace_id, membership_id, until)
    out = tokens.sign(sign.keys, tokens.Purpose.UNSUBSCRIBE, workspace_id, membership_id, until)
    return Links(sign.base_url, f"{sign.base_url}/me/{me}", f"{sign.base_url}/u/{out}")


def mail(draft: MailDraft, row: Row, batch_id: int, workspace_id: int, sign: Sign, now: datetime) -> Mail:
    """The mail of one delivery. Raises jinja2.TemplateError for a template fault, ValueError for a bad header."""
    today = now.astimezone(UTC).date()
    link = links(sign, workspace_id, draft.membership_id, today)
    reply_to = _reply_to(draft, row, sign)
    values = {**draft.context, "links": link, "to_name": draft.to_name, "reply_to": reply_to, "workspace": sign.name}
    utf8 = not row.address.rpartition("@")[0].isascii()
    message = EmailMessage(policy=SMTPUTF8 if utf8 else SMTP)
    _address(message, draft, row, sign, reply_to, now)
    _thread(message, draft, row, sign)
    _list(message, draft, sign, link)
    message["Subject"] = " ".join(_render(draft.template, "subject.txt", values).split())
    message.set_content(_render(draft.template, "body.txt", values), cte="quoted-printable")
    html = _inliner().inline(_render(draft.template, "body.html", values))
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    until = today + timedelta(days=30)
    bounce = tokens.sign(sign.keys, tokens.Purpose.BOUNCE, row.run_id, row.seq, until)
    key = Key(batch_id, row.seq, row.attempt)
    return Mail(key, f"b+{bounce}@{sign.reply_domain}", row.address, message.as_bytes(), utf8)


def _render(template: str, part: str, values: dict[str, Any]) -> str:
    return environment().get_template(f"{template}/{part}").render(values)


def _reply_to(draft: MailDraft, row: Row, sign: Sign) -> str:
    if draft.reply_until is None:
        return ""
    token = tokens.sign(sign.keys, tokens.Purpose.REPLY, row.run_id, row.seq, draft.reply_until)
    return f"r+{token}@{sign.reply_domain}"


def _address(message: EmailMessage, draft: MailDraft, row: Row, sign: Sign, reply_to: str, now: datetime) -> None:
    name, address = parseaddr(sign.mail_from)
    message["From"] = Address(display_name=name, addr_spec=address)
    message["To"] = Address(display_name=" ".join(draft.to_name.split()), **_receiver(row.address))
    if reply_to:
        message["Reply-To"] = Address(display_name=name, addr_spec=reply_to)
    message["Date"] = format_datetime(now.astimezone(UTC))
    # A robot's mail says so (RFC 3834), and asks Exchange not to answer it (MS-OXCMAIL 2.1.3.2.20).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"


def _receiver(address: str) -> dict[str, str]:
    """The parts of an address as a header takes them: its domain in ASCII; a local part may be not (RFC 6532)."""
    local, _, domain = address.rpartition("@")
    if not domain.isascii():
        domain = idna.encode(domain, uts46=True).decode()
    return {"addr_spec": f"{local}@{domain}"} if local.isascii() else {"username": local, "domain": domain}


def _thread(message: EmailMessage, draft: MailDraft, row: Row, sign: Sign) -> None:
    message["Message-ID"] = tokens.message_id(sign.keys, row.run_id, row.seq, sign.reply_domain)
    before = [tokens.message_id(sign.keys, run_id, seq, sign.reply_domain) for run_id, seq in draft.after]
    if before:
        message["In-Reply-To"] = before[-1]
        message["References"] = " ".join(before)


def _phrase(name: str) -> str:
    """A name as RFC 2919 has it before the list's id: quoted, or words that can be encoded where it is not ASCII."""
    unfit = '"<>\\' if name.isascii() else '"<>\\()[]:;@,'  # RFC 5322 section 3.2.3: what no unquoted word may hold
    words = " ".join("".join(" " if c in unfit else c for c in name).split())
    return f'"{words}"' if words and words.isascii() else words


def _list(message: EmailMessage, draft: MailDraft, sign: Sign, link: Links) -> None:
    if draft.list_id:
        message["List-Id"] = f"{_phrase(draft.list_name)} <{draft.list_id}.{sign.reply_domain}>".lstrip()
    if link.unsubscribe:
        message["List-Unsubscribe"] = f"<{link.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
