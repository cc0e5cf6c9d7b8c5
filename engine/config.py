"""All settings of an instance; the only module that reads the environment.

Every setting is SIXPM_<NAME>; a secret may also come as SIXPM_<NAME>_FILE, the path of a file that holds it.
The defaults are the one-command mode. `sixpm run` writes what it started (URLs, ports) to HOME/run.env, so that
other commands in the same folder find the running instance; the environment wins over that file.
"""

from __future__ import annotations

import os
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine.errors import ConfigError

ROOT = Path(__file__).resolve().parent.parent
SECRETS = (
    "secret_key", "database_url", "broker_url", "relay_password", "relay_hook_secret", "relay_second", "relay_bulk",
    "inbound_secret", "inbound_sendgrid", "inbound_mailgun", "inbound_postmark", "imap_url", "metrics_token",
    "alert_webhook", "alert_webhook_secret",
)  # fmt: skip


class Settings(BaseSettings):
    """One instance's settings. Times are seconds, sizes are bytes, addresses are `host` and `port` pairs."""

    model_config = SettingsConfigDict(env_prefix="SIXPM_", frozen=True, extra="ignore")

    home: Path = Path("var")
    env: Literal["local", "staging", "production"] = "local"
    allow: str = ""  # addresses, @domains or chat hosts a non-production instance may send to, comma separated

    database_url: str | None = None  # postgresql+psycopg://user:password@host:port/name
    broker_url: str | None = None  # amqp://… or pgmq://…
    queue_type: Literal["classic", "quorum"] = "classic"

    secret_key: str | None = None  # signs tokens and encrypts channel secrets; 32 random bytes or more
    base_url: str = "http://127.0.0.1:8025"
    web_host: str = "127.0.0.1"
    web_port: int = 8025
    web_threads: int = 8
    trusted_proxies: int = 0  # reverse proxies in front of the web that set X-Forwarded-*; 0 believes no such header
    smtpd_host: str = "127.0.0.1"
    smtpd_port: int = 2525
    smtpd_hostname: str = "localhost"
    smtpd_tls_cert: Path | None = None
    smtpd_tls_key: Path | None = None
    smtpd_size: int = 25 * 1024 * 1024
    lmtp_host: str = "127.0.0.1"
    lmtp_port: int | None = None  # LMTP is off unless this or the socket is set
    lmtp_socket: Path | None = None
    imap_url: str | None = None  # imaps://user:password@host:993/INBOX, percent-encoded; several by blanks
    imap_poll_seconds: float = 60.0  # a mailbox is looked at this often, whatever IDLE says
    imap_size: int = 40 * 1024 * 1024
    catcher_port: int = 1025
    catcher: bool = False  # mail goes to the local catcher (HOME/mailbox), not to a relay
    mailbox: Path | None = None

    relay_host: str | None = None
    relay_port: int = 587
    relay_user: str | None = None
    relay_password: str | None = None
    relay_tls: Literal["none", "starttls", "tls"] = "starttls"
    relay_connections: int = 8  # of all workers together
    relay_preset: Literal["smarthost", "ses", "sendgrid", "mailgun", "postmark"] = "smarthost"
    relay_per_connection: int = 100
    relay_per_second: int | None = None
    relay_per_day: int | None = None
    relay_warmup_from: date | None = None
    relay_visible: bool = False  # it delivers to the receivers itself: each provider has a pace of its own
    relay_chunking: bool = False  # BDAT
    relay_idempotency_header: str = ""
    relay_stream: str = ""  # SES configuration set, Postmark message stream
    relay_hook_secret: str | None = None  # what proves its provider's events; unset = refused
    relay_second: str | None = None  # smtp(s)://user:password@host:port?preset=…: while the first one's breaker is open
    relay_bulk: str | None = None  # the same, for bulk alone
    mail_from: str = "sixpm <checkin@sixpm.localhost>"
    reply_domain: str = "reply.sixpm.localhost"
    dkim_domain: str | None = None  # d= of our signatures; mail From it or below it is signed
    dkim_keys: str = ""  # SELECTOR=FILE of each key, comma separated; one rsa and one ed25519 give two signatures
    dns_resolver: str = ""  # host or host:port that DKIM records are looked for at; none: the system's
    authserv_id: str | None = None  # the only Authentication-Results we believe (RFC 8601)
    inbound_secret: str | None = None  # bearer secret of POST /hooks/inbound/raw; unset = refused
    inbound_sendgrid: str | None = None  # password or public key of /hooks/inbound/sendgrid; unset = refused
    inbound_mailgun: str | None = None  # HTTP webhook signing key, of /hooks/inbound/mailgun
    inbound_postmark: str | None = None  # password, of /hooks/inbound/postmark
    inbound_ses: str | None = None  # ARN of the SNS topic, of /hooks/inbound/ses
    inbound_size: int = 64 * 1024 * 1024  # of a provider's call: a mail in pieces is larger than the mail

    worker_processes: int = 2
    lease_seconds: float = 30.0
    flush_seconds: float = 0.01
    slice_seconds: float = 45.0
    doubt_resend_seconds: float = 900.0  # read `doubt_after`, which minds H15
    tick_seconds: float = 1.0
    sweep_seconds: float = 5.0
    hooks_private: bool = False  # may webhooks reach private addresses
    metrics_token: str | None = None

    alert_mail: str = ""  # operators' addresses, comma separated; none: the admins of the first workspace
    alert_webhook: str | None = None  # URL of a chat service or webhook that takes {"text": …}
    alert_webhook_secret: str | None = None  # whsec_…, signs those calls
    alert_after_seconds: float = 60.0  # how long a thing must last before it is told, and be gone before it is over
    lag_seconds: float = 600.0
    stuck_seconds: float = 900.0
    doubt_alert_seconds: float = 3600.0
    watchdog_seconds: float = 60.0
    health_bounced: float = 5.0  # percent
    health_complained: float = 0.3
    health_deferred: float = 20.0
    health_messages: int = 100  # fewer than these are no ground for a judgement
    dnsbl: str = ""  # zones of block lists, comma separated
    dnsbl_addresses: str = ""  # the IP addresses our mail leaves from, comma separated
    dnsbl_resolver: str = ""  # host or host:port; none: the system's
    log_json: bool = False

    slack_base_url: str = "https://slack.com/api"
    discord_base_url: str = "https://discord.com/api/v10"
    telegram_base_url: str = "https://api.telegram.org"

    @property
    def production(self) -> bool:
        """Only a production instance may send to everybody."""
        return self.env == "production"

    @property
    def doubt_after(self) -> float:
        """Age at which a doubt may be sent again; in production never below the 15 minutes of H15, whatever is set."""
        return max(self.doubt_resend_seconds, 900.0) if self.production else self.doubt_resend_seconds

    @property
    def watchdog_haste(self) -> float:
        """What canaries and the watchdog's looks wait for, as a part of what they wait for at a limit of a minute.

        At most 1. A limit below a minute could not be kept with a canary every 10 s and looks 5 s apart.
        """
        return min(1.0, (self.watchdog_seconds or 60.0) / 60.0)

    @property
    def mailbox_dir(self) -> Path:
        """Where the local catcher keeps mails."""
        return self.mailbox or self.home / "mailbox"


def _secret_files() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in SECRETS:
        path = os.environ.get(f"SIXPM_{name.upper()}_FILE")
        if path and f"SIXPM_{name.upper()}" not in os.environ:
            try:
                found[name] = Path(path).read_text().strip()
            except OSError as error:
                raise ConfigError(f"SIXPM_{name.upper()}_FILE names {path}, which cannot be read: {error}") from error
    return found


def load(**overrides: Any) -> Settings:
    """Read the settings anew: overrides, then environment, then *_FILE secrets, then HOME/run.env, then defaults."""
    home = Path(overrides.get("home") or os.environ.get("SIXPM_HOME", "var")).resolve()
    try:
        settings = Settings(
            _env_file=home / "run.env",  # type: ignore[call-arg]
            **{**_secret_files(), **overrides, "home": home},
        )
    except ValidationError as error:
        lines = [f"SIXPM_{'_'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in error.errors()]
        raise ConfigError("Settings are wrong:\n  " + "\n  ".join(lines)) from error
    return settings


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return load()


def shipped(name: str) -> Path:
    """The folder `name` (templates, migrations): its copy inside the wheel, else the one of the source tree."""
    # The copy first: beside an installed package another one's `templates` or `migrations` may lie.
    inside = Path(__file__).resolve().parent / "_shipped" / name
    return inside if inside.is_dir() else ROOT / name


def required(value: str | None, name: str) -> str:
    """`value`, or a ConfigError that says which setting to set."""
    if not value:
        raise ConfigError(f"SIXPM_{name.upper()} is not set. Set it, or start everything with `sixpm run`.")
    return value


__all__ = ["Settings", "load", "required", "settings", "shipped"]
