"""Which format speaks for which preset. A new one is a line here, a module beside this one, its payloads in tests."""

from __future__ import annotations

from engine.outbound.events import mailgun, postmark, sendgrid, ses
from engine.outbound.events.event import Format

FORMATS: dict[str, Format] = {"ses": ses, "sendgrid": sendgrid, "mailgun": mailgun, "postmark": postmark}
