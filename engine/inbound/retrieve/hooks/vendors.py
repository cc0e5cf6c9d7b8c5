"""Which provider's mail is read by what. A new one is a line here, a module beside this one, and its setting."""

from __future__ import annotations

from engine.inbound.retrieve.hooks import mailgun, postmark, sendgrid, ses
from engine.inbound.retrieve.hooks.letter import Vendor

VENDORS: dict[str, Vendor] = {"sendgrid": sendgrid, "mailgun": mailgun, "postmark": postmark, "ses": ses}
