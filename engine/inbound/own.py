"""What the instance knows of itself that receiving needs: its keys, its names, and whose judgement it believes."""

from __future__ import annotations

from dataclasses import dataclass
from email.utils import parseaddr

from engine.config import Settings, required
from engine.tokens import Keys


@dataclass(frozen=True, slots=True)
class Own:
    """`secret` keys the hashes of suppressed addresses; `authserv_id` None means that no DMARC result is believed."""

    keys: Keys
    secret: str
    reply_domain: str
    mail_from: str
    authserv_id: str | None = None

    @classmethod
    def of(cls, settings: Settings) -> Own:
        """From the settings. Raises ConfigError without a secret key."""
        secret = required(settings.secret_key, "secret_key")
        sender = parseaddr(settings.mail_from)[1].casefold()
        return cls(Keys.of(secret), secret, settings.reply_domain.casefold(), sender, settings.authserv_id)
