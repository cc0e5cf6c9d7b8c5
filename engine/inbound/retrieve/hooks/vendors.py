"""Which provider's mail is read by what. A new one is a line here, a module beside this one, and its setting."""

from __future__ import annotations

from engine.inbound.retrieve.hooks import mailgun, postmark, sendgrid, ses
from engine.inbound.retrieve.hooks.letter import Vendor
from engine.transports.smtp.presets import SHORTEST_SECRET, sendgrid_key, wrong_key

VENDORS: dict[str, Vendor] = {"sendgrid": sendgrid, "mailgun": mailgun, "postmark": postmark, "ses": ses}


def wrong(name: str, secret: str) -> str:
    """What is wrong with what is to prove a provider's calls, as a sentence; empty when it can be used."""
    if name == "sendgrid":  # a public key, or a password as Postmark's
        return "" if sendgrid_key(secret) is not None else _short(secret)
    return _short(secret) if name == "postmark" else wrong_key(name, secret)


def _short(secret: str) -> str:
    if len(secret) >= SHORTEST_SECRET and secret.isascii() and secret.isprintable():
        return ""
    return f"Choose at least {SHORTEST_SECRET} plain characters, and put them in the address you give the provider."
