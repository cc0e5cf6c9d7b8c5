"""Builds transports from what is configured: chat kinds by a channel's row, the relay by the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from email.utils import parseaddr

from engine.config import Settings, required
from engine.errors import ConfigError
from engine.transports.base import SendTransport
from engine.transports.console import Console
from engine.transports.net import Guard
from engine.transports.slack import Slack
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.wire import SmtpTransport
from engine.transports.webhook import Webhook

Config = Mapping[str, object]


def _console(config: Config, secret: str | None, settings: Settings) -> SendTransport:
    return Console()


def _slack(config: Config, secret: str | None, settings: Settings) -> SendTransport:
    return Slack(secret or "", settings.slack_base_url, channel=_text(config, "channel"))


def _webhook(config: Config, secret: str | None, settings: Settings) -> SendTransport:
    return Webhook(secret or "", url=_text(config, "url"), guard=Guard(private=settings.hooks_private))


# A new chat kind is one line here, one module beside this one, one rig in tests/conformance/rigs.py.
BUILDERS: Mapping[str, Callable[[Config, str | None, Settings], SendTransport]] = {
    "console": _console,
    "slack": _slack,
    "webhook": _webhook,
}


def build(kind: str, config: Config, secret: str | None, settings: Settings) -> SendTransport:
    """A transport of `kind`; `config` and `secret` (decrypted) are the channel's own. Raises ConfigError.

    slack: secret = bot token, config.channel = channel id. webhook: secret = whsec_…, config.url. Where channel or
    url is not configured, each post's `to` is used.
    """
    try:
        builder = BUILDERS[kind]
    except KeyError:
        raise ConfigError(f"There is no channel kind {kind!r}. Known are: {', '.join(BUILDERS)}.") from None
    return builder(config, secret, settings)


def relay(settings: Settings) -> Relay:
    """The instance's relay: the local catcher in one-command mode, else SIXPM_RELAY_*."""
    hello = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    slots = settings.relay_connections
    if settings.catcher:
        return Relay("127.0.0.1", settings.catcher_port, tls="none", hello=hello, connections=slots)
    return Relay(
        required(settings.relay_host, "relay_host"),
        settings.relay_port,
        tls=settings.relay_tls,
        user=settings.relay_user,
        password=settings.relay_password,
        hello=hello,
        connections=slots,
    )


def mail(settings: Settings) -> SmtpTransport:
    """The transport of the instance's relay."""
    return SmtpTransport(relay(settings))


def _text(config: Config, name: str) -> str | None:
    value = config.get(name)
    return str(value) if value else None
