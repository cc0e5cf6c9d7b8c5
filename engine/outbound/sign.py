"""What one workspace puts on its mails: addresses, domains, links, and the keys its tokens are signed with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr
from urllib.parse import quote

from engine import tokens
from engine.config import Settings, required
from engine.outbound.encode import SOFT
from engine.outbound.queries.sending import Identity
from engine.transports.smtp.presets import PLAIN, Stamp


@dataclass(frozen=True, slots=True)
class Sign:
    """One workspace's own values, else the instance's."""

    name: str
    mail_from: str
    reply_domain: str
    base_url: str
    keys: tokens.Keys
    stamp: Stamp = PLAIN  # what the relay that its mails go through wants in them

    @classmethod
    def of(cls, identity: Identity, settings: Settings, stamp: Stamp = PLAIN) -> Sign:
        """The workspace's own values, else the instance's."""
        return cls(
            identity.name,
            identity.mail_from or settings.mail_from,
            identity.reply_domain or settings.reply_domain,
            (identity.base_url or settings.base_url).rstrip("/"),
            tokens.Keys.of(required(settings.secret_key, "secret_key")),
            stamp,
        )

    @property
    def domain(self) -> str:
        """The domain of the From address, which is also the name given in EHLO."""
        return parseaddr(" ".join(self.mail_from.split()))[1].rpartition("@")[2] or "localhost"


@dataclass(frozen=True, slots=True)
class Links:
    """The links of one recipient's mail; `settings` and `unsubscribe` are empty in a purely transactional mail.

    They print as text; while a mail is compiled, they are slots that print as marks.
    """

    base_url: str
    settings: object
    unsubscribe: object
    pixel: object = ""  # these two only where the mail is tracked
    hidden: object = ""


def settings_link(base_url: str, way: str) -> str:
    """The link of a member's own page as a mail has it. The page of the team lies below it, at `/team`."""
    return f"{base_url}/me/{way}"


def settings_way(token: str, name: str) -> str:
    """What `settings_link` takes: whose page, and which mail the link is in, so that opening it proves that one.

    A path, since templates add to it. The soft line break goes when a body is decoded; with it both numbers of a name
    may be of any size.
    """
    return f"{token}/mail/{SOFT}{name}"


def unsubscribe_link(base_url: str, token: str, name: str) -> str:
    """The link of one-click unsubscribe (RFC 8058). `name` says of which delivery: using it proves that it arrived."""
    return f"{base_url}/u/{token}/{name}"


def leave_link(base_url: str, token: str, name: str) -> str:
    """The link by which a contact leaves what a campaign is of (RFC 8058); `name` is the delivery's, as above."""
    return f"{base_url}/leave/{token}/{name}"


def preferences_link(base_url: str, token: str, name: str) -> str:
    """The link of a contact's preferences, by the same token."""
    return f"{base_url}/preferences/{token}/{name}"


def hit_link(base_url: str, token: str) -> str:
    """A tracked link; what it leads to is a row."""
    return f"{base_url}/l/{token}"


def pixel_link(base_url: str, token: str) -> str:
    """The picture that says that a mail was opened."""
    return f"{base_url}/o/{token}.gif"


ABOUT = 60  # bytes of a subject as a link has it


def comment_link(sign: Sign, team_id: int, entry_id: int, until: str, about: str) -> str:
    """A mailto: link for a comment on an entry; the same for all who get it. `until`: the last day it works, ISO 8601.

    `about`: the entry's text; as much of it as there is room for is the subject, since the mail quotes nothing.
    """
    token = tokens.sign(sign.keys, tokens.Purpose.ENTRY, team_id, entry_id, date.fromisoformat(until))
    return f"mailto:c+{token}@{sign.reply_domain}?subject={_subject(f'Re: {about}')}"


def _subject(text: str) -> str:
    """`text` as a link has it, cut between words where it is long."""
    words, line = " ".join(text[: 4 * ABOUT].split()), ""
    if len(quote(words, safe="")) <= ABOUT:
        return quote(words, safe="")
    for letter in words:
        if len(line) + len(quote(letter, safe="")) > ABOUT:
            break
        line += quote(letter, safe="")
    cut = line.rsplit("%20", 1)[0] if line.count("%20") > 1 else line
    return cut + quote("…")


def reply_address(token: str, domain: str) -> str:
    """The address that takes the answer to one delivery."""
    return f"r+{token}@{domain}"
