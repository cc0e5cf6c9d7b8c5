"""The mail of a draft as email.message and a template rendered for this one recipient make it: what ours must equal."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime, parseaddr
from functools import partial
from typing import Any

from engine import tokens
from engine.outbound import encode
from engine.outbound.drafts import MailDraft, Row
from engine.outbound.render import Links, Sign
from engine.outbound.sign import comment_link
from engine.outbound.templates import environment, inlined


def standard_mail(draft: MailDraft, row: Row, workspace_id: int, sign: Sign, now: datetime) -> bytes:
    """The whole mail. Raises what the standard library raises for headers it cannot write."""
    values = standard_values(draft, row, workspace_id, sign, now)
    utf8 = not row.address.rpartition("@")[0].isascii()
    message = EmailMessage(policy=SMTPUTF8 if utf8 else SMTP)
    _address(message, draft, row, sign, values, now)
    _thread(message, draft, row, sign, values["links"])
    message["Subject"] = encode.words(rendered(draft.template, "subject.txt", values))
    message.set_content(rendered(draft.template, "body.txt", values), cte="quoted-printable")
    html = inlined(rendered(draft.template, "body.html", values))
    message.add_alternative(html, subtype="html", cte="quoted-printable")
    return message.as_bytes()


def standard_values(draft: MailDraft, row: Row, workspace_id: int, sign: Sign, now: datetime) -> dict[str, Any]:
    """What fills the templates."""
    until = now.astimezone(UTC).date() + timedelta(days=400)
    links, reply_to = Links(sign.base_url, "", ""), ""
    if draft.membership_id is not None:
        me = tokens.sign(sign.keys, tokens.Purpose.MEMBER, workspace_id, draft.membership_id, until)
        out = tokens.sign(sign.keys, tokens.Purpose.UNSUBSCRIBE, workspace_id, draft.membership_id, until)
        name = tokens.message_id(sign.keys, row.run_id, row.seq, "x").removesuffix("@x>").removeprefix("<")
        leave = f"{sign.base_url}/u/{out}/{name}" if draft.unsubscribe else ""
        links = Links(sign.base_url, f"{sign.base_url}/me/{me}/mail/{name}", leave)
    if draft.reply_until is not None:
        token = tokens.sign(sign.keys, tokens.Purpose.REPLY, row.run_id, row.seq, draft.reply_until)
        reply_to = f"r+{token}@{sign.reply_domain}"
    said = {name: encode.clean(text) for name, text in {**draft.personal, "to_name": draft.to_name}.items()}
    own = {"reply_to": reply_to, "workspace": sign.name, "comment_link": partial(comment_link, sign)}
    return {**draft.context, **said, "links": links, **own}


def rendered(template: str, part: str, values: dict[str, Any]) -> str:
    """One file of a mail."""
    return environment().get_template(f"{template}/{part}").render(values)


def _address(
    message: EmailMessage, draft: MailDraft, row: Row, sign: Sign, values: dict[str, Any], now: datetime
) -> None:
    name, address = parseaddr(sign.mail_from)
    message["From"] = Address(display_name=name, addr_spec=address)
    local, _, domain = encode.spec(row.address).rpartition("@")
    whose = {"addr_spec": f"{local}@{domain}"} if local.isascii() else {"username": local, "domain": domain}
    message["To"] = Address(display_name=encode.words(draft.to_name), **whose)
    if values["reply_to"]:
        message["Reply-To"] = Address(display_name=name, addr_spec=values["reply_to"])
    message["Date"] = format_datetime(now.astimezone(UTC))
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"


def _thread(message: EmailMessage, draft: MailDraft, row: Row, sign: Sign, links: Links) -> None:
    message["Message-ID"] = tokens.message_id(sign.keys, row.run_id, row.seq, sign.reply_domain)
    ours = [one for one in draft.after if not isinstance(one, str)]
    before = [tokens.message_id(sign.keys, run_id, seq, sign.reply_domain) for run_id, seq in ours]
    if before:
        message["In-Reply-To"] = before[-1]
        message["References"] = " ".join(before)
    if draft.list_id:
        shown = encode.words("".join(" " if c in '"<>\\' else c for c in draft.list_name))
        shown = f'"{shown}"' if shown.isascii() and 0 < len(shown) <= 56 else shown
        message["List-Id"] = f"{shown} <{draft.list_id}.{sign.reply_domain}>".lstrip()
    if links.unsubscribe:
        message["List-Unsubscribe"] = f"<{links.unsubscribe}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
