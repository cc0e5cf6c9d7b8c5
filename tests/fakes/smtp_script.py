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
A script file is JSON: {"connect": ["connect421", "ok"], "<address or local part>": "<action>", "*": "<action>"};
each connection takes the next entry of "connect" (connect421, connect554, connectdrop, ok), and after the last, ok.
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
_CODE = re.compile(r"(mail|rcpt|data|dot|rset|connect|stuck)(\d{3})\Z")


class Action(NamedTuple):
    """A parsed action: what, and its argument."""

    name: str
    argument: str = ""

    def reply_at(self, stage: str) -> str | None:
        """The scripted refusal at `stage` (mail, rcpt, data, dot, rset, connect, stuck), or None."""
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
    return Action(name, argument)


@dataclass(slots=True)
class Script:
    """Addresses to actions; what is not named speaks for itself by its local part."""

    named: dict[str, str] = field(default_factory=dict)
    connect: list[str] = field(default_factory=list)
    _seen: set[tuple[str, str]] = field(default_factory=set)

    def of(self, address: str) -> Action:
        """The action for an address."""
        local = address.rpartition("@")[0]
        if self.named:
            written = self.named.get(address) or self.named.get(local) or self.named.get("*")
            if written:
                return parse(written)
        return parse(local)

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
