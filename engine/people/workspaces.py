"""Workspaces, and the first visit that makes one with its owner."""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from engine.config import Settings, required
from engine.db import Conn
from engine.errors import Invalid, NotAllowed, NotFound
from engine.people import accounts, contacts, plain, queries
from engine.people.accounts import Account
from engine.people.principal import Principal

_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Workspace:
    """A workspace as it stands. Mail settings are None where the instance's own hold."""

    id: int
    name: str
    mail_from: str | None
    reply_domain: str | None
    base_url: str | None
    demo: bool


def any_made(conn: Conn) -> bool:
    """Whether the instance has been set up."""
    return queries.any_workspace(conn)


def get(conn: Conn, workspace_id: int) -> Workspace:
    """One workspace. Raises NotFound."""
    found = queries.workspace(conn, workspace_id)
    if found is None:
        raise NotFound("There is no such workspace.")
    return Workspace(found.id, found.name, found.mail_from, found.reply_domain, found.base_url, found.demo)


def make(conn: Conn, name: str, *, demo: bool = False) -> int:
    """The id of a new workspace. Raises Invalid(name)."""
    name = " ".join(name.split())
    if not 1 <= len(name) <= 100:
        raise Invalid("Give the workspace a name of at most 100 characters.", "name")
    made = queries.insert_workspace(conn, name, demo, secrets.token_hex(8))
    plain.make(conn, made)
    return made


def make_first(conn: Conn, name: str, *, demo: bool = False) -> int:
    """The id of the instance's first workspace. Raises NotAllowed when there is one, Invalid(name).

    One lock guards it, so that of two first visits at once only one makes a workspace.
    """
    queries.lock_setup(conn)
    if queries.any_workspace(conn):
        raise NotAllowed("This instance is already set up. Sign in instead.")
    return make(conn, name, demo=demo)


def setup_code(settings: Settings) -> str | None:
    """What the first visitor must type on an instance others can reach, so that a stranger cannot own it; None locally.

    It follows from the secret key: every web process knows the same one, and nothing has to be stored. 80 bits.
    """
    if settings.env == "local":
        return None
    key = required(settings.secret_key, "secret_key").split(",")[0].strip()
    digest = hmac.digest(key.encode(), b"sixpm set-up code", "sha256")[:10]
    code = base64.b32encode(digest).decode().lower()
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


def check_setup_code(settings: Settings, typed: str) -> None:
    """Raise Invalid(code) unless this is the set-up code; case, blanks and dashes do not count."""
    wanted = setup_code(settings)
    if wanted is None:
        return
    plain = "".join(c for c in typed.lower() if c.isalnum())
    if not hmac.compare_digest(plain.encode("utf-8", "replace"), wanted.replace("-", "").encode()):
        raise Invalid("This is not the set-up code. `sixpm doctor` and the log of the web process say it.", "code")


def set_up(conn: Conn, name: str, person: str, email: str, password: str) -> Account:
    """Make the first workspace and its owner. Raises NotAllowed when there is one, Invalid for bad input."""
    accounts.check_password(password, email)
    workspace_id = make_first(conn, name)
    contact_id = contacts.add(conn, workspace_id, email, person, None)
    return accounts.make(conn, workspace_id, contact_id, "owner", password)


def set_mail(conn: Conn, principal: Principal, mail_from: str, reply_domain: str, base_url: str) -> None:
    """Set From, reply domain and public URL; an empty one lets the instance's hold. Raises Invalid, NotAllowed."""
    principal.require_admin()
    sender, domain, url = (value.strip() or None for value in (mail_from, reply_domain, base_url))
    queries.update_workspace_mail(
        conn,
        principal.workspace_id,
        sender and clean_from(sender),
        domain and clean_domain(domain),
        url and clean_url(url),
    )


def clean_from(text: str) -> str:
    """A From header value: "Name <address>" or a bare address. Raises Invalid(mail_from)."""
    name, address = parseaddr(text)
    if not address or any(ord(c) < 32 for c in text):
        raise Invalid('Write it as "Team check-in <checkin@example.org>".', "mail_from")
    address = contacts.clean_address(address, "mail_from")
    return f"{name} <{address}>" if name else address


def clean_domain(text: str) -> str:
    """A domain in lower case, IDNA-encoded. Raises Invalid(reply_domain)."""
    try:
        domain = text.strip().rstrip(".").lower().encode("idna").decode()
    except UnicodeError:
        domain = ""
    if not _DOMAIN.fullmatch(domain):
        raise Invalid("Write a domain such as reply.example.org, whose MX points at this instance.", "reply_domain")
    return domain


def clean_url(text: str) -> str:
    """An http(s) URL without a trailing slash. Raises Invalid(base_url)."""
    wrong = Invalid("Write the address people reach this site by, such as https://sixpm.example.org.", "base_url")
    if any(ord(c) < 33 or ord(c) == 127 for c in text.strip()):
        raise wrong
    try:
        parts = urlsplit(text.strip())
        _ = parts.port  # raises for a port that is none
    except ValueError as error:
        raise wrong from error
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or parts.username:
        raise wrong
    return text.strip().rstrip("/")
