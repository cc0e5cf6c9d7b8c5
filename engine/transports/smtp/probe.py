"""Tries a relay step by step, as a person asked: name, connection, EHLO, STARTTLS, AUTH, sender, recipient. No content.

Each step says what was said, and where it failed what to do. The password is in none of them. Blocking; a step takes at
most SECONDS. Sending has code of its own (engine.transports.smtp.session); this one exists to explain.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from engine.transports.smtp.relay import Relay

SECONDS = 5.0
CLEAR = "The connection is not encrypted: login and mails go in clear text."


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was tried, whether it went well, what was said, and what to do where it did not."""

    name: str
    ok: bool
    said: str
    todo: str = ""


class _Failed(Exception):
    """The step could not be done; `step` says why."""

    def __init__(self, step: Step) -> None:
        super().__init__(step.said)
        self.step = step


def probe(relay: Relay, sender: str, recipient: str) -> list[Step]:
    """The steps up to the first that failed. Nothing is sent: the envelope is taken back."""
    steps: list[Step] = []
    with contextlib.suppress(_Failed):
        for step in _steps(relay, sender, recipient):
            steps.append(step)
            if not step.ok:
                break
    return steps


def _steps(relay: Relay, sender: str, recipient: str) -> Iterator[Step]:
    found = _find(relay)
    yield found
    if not found.ok:
        return
    client, greeting = _connect(relay)
    yield greeting
    if client is None:
        return
    try:
        yield from _talk(client, relay, sender, recipient)
    finally:
        with contextlib.suppress(OSError, smtplib.SMTPException):
            client.quit()
        client.close()


def _find(relay: Relay) -> Step:
    try:
        found = socket.getaddrinfo(relay.host, relay.port, type=socket.SOCK_STREAM)
    except OSError as error:
        todo = "Check the host's name. DNS on this machine may also be at fault: `sixpm doctor` asks it too."
        return Step("Find the host", False, f"{relay.host}: {error.strerror or error}", todo)
    places = sorted({str(entry[4][0]) for entry in found})
    return Step("Find the host", True, f"{relay.host} is {', '.join(places[:4])}")


def _connect(relay: Relay) -> tuple[smtplib.SMTP | None, Step]:
    client: smtplib.SMTP
    if relay.tls == "tls":
        client = smtplib.SMTP_SSL(local_hostname=relay.hello, timeout=SECONDS, context=_trust(relay))
    else:
        client = smtplib.SMTP(local_hostname=relay.hello, timeout=SECONDS)
    client._host = relay.host  # type: ignore[attr-defined]  # the name that certificates are compared with
    try:
        code, words = client.connect(relay.host, relay.port)
    except ssl.SSLError as error:
        client.close()
        return None, _tls_step("Connect by TLS", relay, error)
    except (OSError, smtplib.SMTPException) as error:
        client.close()
        return None, Step("Connect", False, f"port {relay.port}: {_words(error)}", _unreached(relay, error))
    said = f"{code} {_text(words)}"
    if code != 220:
        client.close()
        return None, Step("Connect", False, said, "It takes no connection now; it says why above.")
    return client, Step("Connect", True, said)


def _talk(client: smtplib.SMTP, relay: Relay, sender: str, recipient: str) -> Iterator[Step]:
    yield _said("EHLO", client.ehlo, "It does not take our name. Set the domain of From to one of yours.")
    if relay.tls == "starttls":
        yield _start_tls(client, relay)
        yield _said("EHLO again", client.ehlo, "It ended after STARTTLS. Try TLS at port 465.")
    elif relay.tls == "none":
        yield Step("Encryption", True, CLEAR if relay.user else "None, as set. No login is sent.")
    if relay.user:
        yield _login(client, relay)
    advice = "It does not take our sender. Verify the domain of From and the reply domain there, or set others."
    yield _said(f"MAIL FROM:<{sender}>", lambda: client.mail(sender), advice)
    advice = "It does not take this recipient: most want a login first, or in a test mode a verified address."
    yield _said(f"RCPT TO:<{recipient}>", lambda: client.rcpt(recipient), advice)
    yield _said("RSET", client.rset, "")


def _said(name: str, ask: Callable[[], tuple[int, bytes]], todo: str) -> Step:
    try:
        code, words = ask()
    except (OSError, smtplib.SMTPException) as error:
        return Step(name, False, _words(error), "The connection ended. Try again; if it stays, ask whoever runs it.")
    ok = 200 <= code < 300
    return Step(name, ok, f"{code} {_text(words)}", "" if ok else todo)


def _start_tls(client: smtplib.SMTP, relay: Relay) -> Step:
    if not client.has_extn("starttls"):
        todo = "Choose TLS (port 465), or None for a relay on this machine."
        return Step("STARTTLS", False, "The server does not offer it.", todo)
    try:
        code, words = client.starttls(context=_trust(relay))
    except ssl.SSLError as error:
        return _tls_step("STARTTLS", relay, error)
    except (OSError, smtplib.SMTPException) as error:
        return Step("STARTTLS", False, _words(error), "The connection ended. Try TLS at port 465.")
    if code != 220:
        return Step("STARTTLS", False, f"{code} {_text(words)}", "Try again later, or TLS at port 465.")
    return Step("STARTTLS", True, f"{_cipher(client)}, certificate of {relay.host} is good")


def _tls_step(name: str, relay: Relay, error: ssl.SSLError) -> Step:
    if isinstance(error, ssl.SSLCertVerificationError):
        todo = f"Use the host name that the certificate is for, or have one made for {relay.host} by a known authority."
        return Step(name, False, f"The certificate is refused: {error.verify_message or error.reason}", todo)
    return Step(name, False, _words(error), "This port may speak no TLS at once: STARTTLS is at 587, TLS at 465.")


def _login(client: smtplib.SMTP, relay: Relay) -> Step:
    try:
        code, words = client.login(relay.user or "", relay.password or "", initial_response_ok=True)
    except smtplib.SMTPAuthenticationError as error:
        todo = "User or password are wrong, or this account may not send by SMTP. Many want a key of their own for it."
        return Step("AUTH", False, f"{error.smtp_code} {_text(error.smtp_error)}", todo)
    except smtplib.SMTPNotSupportedError:
        todo = "It wants no login here, or only after TLS: take the user out, or choose STARTTLS."
        return Step("AUTH", False, "The server offers no login.", todo)
    except (OSError, smtplib.SMTPException) as error:
        return Step("AUTH", False, _words(error), "It hung up at the login. Check user, password and encryption.")
    return Step("AUTH", True, f"{code} {_text(words)}")


def _unreached(relay: Relay, error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"Nothing answers: a firewall may close port {relay.port}, as many hosters do with 25. Try 587 or 465."
    if isinstance(error, smtplib.SMTPServerDisconnected) and "timed out" in str(error):
        return "It takes the connection and says nothing: this port may want TLS from the start (465)."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "It hung up at once: this port may want TLS from the start (465), or our address is not let in."
    return "Check host and port; the server there may be down."


def _trust(relay: Relay) -> ssl.SSLContext:
    return ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=relay.ca_file)


def _cipher(client: smtplib.SMTP) -> str:
    found = client.sock.version() if isinstance(client.sock, ssl.SSLSocket) else None
    return found or "TLS"


def _text(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " / ".join(line.strip() for line in text.splitlines() if line.strip())[:500]


def _words(error: Exception) -> str:
    return "no answer in time" if isinstance(error, TimeoutError) else str(error)[:300] or type(error).__name__


__all__ = ["Step", "probe"]
