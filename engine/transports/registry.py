"""Builds transports from what is configured: chat kinds by a channel's row, the relay by the settings."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parseaddr

from engine.config import Settings, required
from engine.errors import ConfigError
from engine.transports import apprise, console, discord, mattermost, slack, teams, telegram, webhook
from engine.transports.base import SendTransport
from engine.transports.service import Config, Service
from engine.transports.smtp.relay import Relay
from engine.transports.smtp.wire import SmtpTransport

# A new chat kind is its module here, in the order of the page, and one rig in tests/conformance/rigs.py.
SERVICES: Mapping[str, Service] = {
    module.SERVICE.kind: module.SERVICE
    for module in (slack, discord, teams, mattermost, telegram, webhook, apprise, console)
}


def service(kind: str) -> Service:
    """What is known of a kind. Raises ConfigError."""
    try:
        return SERVICES[kind]
    except KeyError:
        raise ConfigError(f"There is no channel kind {kind!r}. Known are: {', '.join(SERVICES)}.") from None


def build(kind: str, config: Config, secret: str | None, settings: Settings) -> SendTransport:
    """A transport of `kind`; `config` and `secret` (decrypted) are the channel's own, by the service's fields.

    Raises ConfigError. Where Slack's channel, Telegram's chat or a webhook's url is not configured, each post's `to`
    is used.
    """
    return service(kind).build(config, secret, settings)


def host(kind: str, config: Config, secret: str | None, settings: Settings) -> str:
    """The host that posts of a channel go to; "" where they leave no machine. Raises ConfigError."""
    return service(kind).host(config, secret, settings)


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
