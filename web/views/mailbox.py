"""The local mailbox: what this instance caught in place of a relay, and a Reply box that sends a real mail.

Only there while the catcher takes the mail, and never in production; elsewhere every page of it is a 404.
"""

from __future__ import annotations

import re

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_login import login_required
from werkzeug.wrappers import Response as AnyResponse

from engine.config import Settings
from web import auth, mailbox, replying, security, shown, transaction
from web.views.deliveries import viewer_zone

blueprint = Blueprint("mailbox", __name__, url_prefix="/mailbox")

SEARCHED = 500  # the newest mails that a search looks through
SHOWN = 100
VIEWS = ("html", "text", "source")
# The page may frame our own mail route; the mail itself may load nothing and run nothing.
PAGE_POLICY = security.POLICY.replace("frame-src 'none'", "frame-src 'self'")
MAIL_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none';"
    " frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
_HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["sixpm_settings"]
    return settings


@blueprint.before_request
@login_required  # type: ignore[untyped-decorator]  # Flask-Login has no types
def _only_here() -> None:
    """Mails hold everybody's signed links, so that only admins may look."""
    if not shown.mailbox_open():
        abort(404)
    auth.principal().require_admin()


@blueprint.get("")
def index() -> str:
    """The list, newest first, narrowed by words in subject, sender or recipient."""
    words = request.args.get("q", "")[:200].strip()
    mails = mailbox.list_mails(_settings().mailbox_dir, SEARCHED)
    found = [mail for mail in mails if _matches(mail, words.casefold())][:SHOWN]
    return render_template("mailbox.html", mails=found, words=words, any=bool(mails), zone=viewer_zone())


@blueprint.get("/<mail_id>")
def one(mail_id: str) -> Response:
    """One mail, as HTML, text or source."""
    return _page(mail_id)


@blueprint.get("/<mail_id>/frame")
def frame(mail_id: str) -> Response:
    """The HTML part alone, as it came, for a frame that runs nothing; its links open in a new tab."""
    html = mailbox.read_mail(_settings().mailbox_dir, mail_id).html
    if html is None:
        abort(404)
    aimed = _HEAD.sub(lambda head: f'{head[0]}<base target="_blank">', html, count=1)
    response = make_response(aimed)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


@blueprint.post("/<mail_id>/reply")
def reply(mail_id: str) -> AnyResponse:
    """Send a reply to the inbound listener and show what it answered."""
    settings, text = _settings(), request.form.get("text", "")
    if not text.strip():
        return _page(mail_id, text, wrong="Write something first.")
    message = replying.reply_to(mailbox.read_mail(settings.mailbox_dir, mail_id), text, transaction.now())
    said = replying.send(message, settings.smtpd_host, settings.smtpd_port)
    if not said.accepted:
        return _page(mail_id, text, wrong=f"The listener did not take it: {said.words}")
    flash(f"Sent to {message['To']}. The listener answered: {said.words}", "success")
    return redirect(url_for(".one", mail_id=mail_id, view=request.args.get("view")), 303)


def _page(mail_id: str, text: str = "", wrong: str = "") -> Response:
    mail = mailbox.read_mail(_settings().mailbox_dir, mail_id)
    there = {"html": mail.html is not None, "text": mail.text is not None, "source": True}
    asked = request.args.get("view", "")
    view = asked if there.get(asked) else next(name for name in VIEWS if there[name])
    page = render_template(
        "mail.html", mail=mail, view=view, views=[name for name in VIEWS if there[name]], typed=text, wrong=wrong,
        can_reply=replying.can_reply(mail), source=mail.source.decode("utf-8", "replace"), zone=viewer_zone(),
    )  # fmt: skip
    response = make_response(page, 422 if wrong else 200)
    response.headers["Content-Security-Policy"] = PAGE_POLICY
    return response


def _matches(mail: mailbox.Caught, words: str) -> bool:
    text = f"{mail.subject} {mail.mail_from} {mail.mail_to} {' '.join(mail.recipients)}".casefold()
    return all(word in text for word in words.split())
