"""What the SMTP sink is told to do, by the local part of an address or by a script file.

A local part is `action`, `action=argument`, or either followed by `+anything`; whatever is no action means "ok".
    ok                       accept
    mail450 rcpt550=5.1.1    that reply at that command (mail…: by the sender's local part); also data… dot… rset…
                             (data… and dot… are both the answer to BDAT, where content comes that way)
    stuck554                 that reply to BDAT, and the envelope stands until RSET (RFC 3030 section 2)
    tempfail unknown full policy     450 4.2.0, 550 5.1.1, 452 4.2.2, 550 5.7.1 at RCPT
    greylist                 451 4.7.1 for the first try of a (sender, recipient) pair
    dropmail droprcpt dropdata dropbody      close at MAIL (by sender), at RCPT, before the 354, inside the content
    dropdot losedot          close after the dot instead of the 250, with or without having accepted the mail
    late=T hang              answer the dot after T seconds, or never
    twice                    the 250 and a stray 250 in one segment
    stray421                 the 250, then an unsolicited 421 in a segment of its own, then close
    stray421rcpt stray421data      250 to RCPT or 354, then an unsolicited 421, then close
    data354                  refuse RCPT with 550 5.1.1 but answer DATA with 354
    early552                 552 5.3.4 in the middle of the content, then close
    slow                     the reply to the dot byte by byte
    stall=T                  read no content for T seconds
    queued=TEXT              250 with this text (underscores are blanks)
    first.ACTION             that action the first time only, then "ok"
A script file is JSON: {"connect": ["connect421", "ok"], "<address, local part or @domain>": "<action>",
"*": "<action>"}; "*" is for those that are neither named nor an action by themselves. Each connection takes the next
entry of "connect", and after the last, ok: connect421 connect554 connectdrop, ehlo421 ehlo550 ehlodrop at its EHLO,
starttls454 starttls554 to STARTTLS, tlsdrop and tlsbreak after its 220 (close, and bytes that are no TLS), auth454
auth535 to AUTH.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

NAMED = {
    "tempfail": "450 4.2.0 try again later",
    "unknown": "550 5.1.1 no such user",
    "full": "452 4.2.2 mailbox full",
    "policy": "550 5.7.1 refused by policy",
    "data354": "550 5.1.1 no such user",
}
_CODE = re.compile(r"(mail|rcpt|data|dot|rset|connect|stuck|ehlo|starttls|auth)(\d{3})\Z")
_DROPS = frozenset({"dropmail", "droprcpt", "dropdata", "dropbody", "dropdot", "losedot", "hang"})
_REST = frozenset(
    {
        "ok",
        "greylist",
        "late",
        "twice",
        "stray421",
        "stray421rcpt",
        "stray421data",
        "early552",
        "slow",
        "stall",
        "queued",
    }
)


class Action(NamedTuple):
    """A parsed action: what, its argument, and whether it happens the first time only."""

    name: str
    argument: str = ""
    first: bool = False

    @property
    def known(self) -> bool:
        """Whether this is an action at all; a local part may be anything."""
        return self.name in {*_DROPS, *_REST, *NAMED} or _CODE.match(self.name) is not None

    def reply_at(self, stage: str) -> str | None:
        """The scripted refusal at `stage` (one of those in _CODE), or None."""
        if stage == "rcpt" and self.name in NAMED:
            return NAMED[self.name]
        found = _CODE.match(self.name)
        if found is None or found[1] != stage:
            return None
        return f"{found[2]} {self.argument + ' ' if self.argument else ''}scripted"

    def seconds(self) -> float:
        """The argument as seconds."""
        return float(self.argument or 0)


def parse(text: str) -> Action:
    """An action from its written form."""
    name, _, argument = text.partition("+")[0].partition("=")
    return Action(name.removeprefix("first."), argument, first=name.startswith("first."))


@dataclass(slots=True)
class Script:
    """Addresses to actions; what is not named speaks for itself by its local part."""

    named: dict[str, str] = field(default_factory=dict)
    connect: list[str] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def of(self, address: str) -> Action:
        """The action for an address."""
        local, _, domain = address.rpartition("@")
        for key in (address, local, f"@{domain}"):
            if written := self.named.get(key):
                return self._once(parse(written), key)
        own = parse(local)
        return self._once(own, address) if own.known else self._otherwise()

    def _once(self, action: Action, key: str) -> Action:
        if not action.first:
            return action
        again = (action.name, key) in self._seen
        self._seen.add((action.name, key))
        return self._otherwise() if again else action

    def _otherwise(self) -> Action:
        return parse(self.named.get("*", "ok"))

    def next_connection(self) -> Action:
        """The action for a new connection."""
        return parse(self.connect.pop(0)) if self.connect else Action("ok")

    def greylisted(self, sender: str, recipient: str) -> bool:
        """Whether this pair is new; it is known from now on."""
        pair = (sender, recipient)
        if pair in self._seen:
            return False
        self._seen.add(pair)
        return True
