"""Whom the listeners take mail for: the addresses we handed out, and no other."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime

from engine import clock, db
from engine.db import Conn
from engine.inbound.addresses import known, parts
from engine.inbound.own import Own
from engine.inbound.queries import keeping, plain

Asked = Callable[[Conn], bool]

# RFC 5321 section 4.5.1 and RFC 2142: of every domain that takes mail. A person reads what comes there.
PEOPLE = frozenset({"postmaster", "abuse"})
OK = "250 2.1.5 Ok"
RELAYING = "550 5.7.1 Relaying denied: this server takes answers to its own mails only"
EXPIRED = "550 5.1.1 This reply address has expired; answer a newer mail, or use its link to the web page"
UNKNOWN = "550 5.1.1 There is no such address here"
BUSY = "451 4.3.0 We cannot look up this address at the moment, please send it again later"


class Addressees:
    """Knows our domains and plain addresses as of the last `look`; what is newer is asked of the database."""

    def __init__(self, own: Own) -> None:
        self._own = own
        self._domains = frozenset({own.reply_domain})
        self._plain: frozenset[str] = frozenset()
        self._carried: clock.Carried | None = None

    def look(self, conn: Conn) -> None:
        """Learn business time, the workspaces' own reply domains and all plain addresses."""
        self._carried = clock.carry(db.now(conn))
        self._domains = keeping.reply_domains(conn) | {self._own.reply_domain}
        self._plain = plain.plain_addresses(conn, self._own.reply_domain)

    async def answer(self, address: str, ask: Callable[[Asked], Awaitable[bool]]) -> str:
        """The reply to RCPT TO:<address>. `ask` runs a question on the database, and may raise: then it is 451."""
        local, domain = parts(address)
        if "@" not in address and domain in PEOPLE:  # RFC 5321 section 4.5.1: <Postmaster> without a domain
            return OK
        if domain not in self._domains:
            return RELAYING
        name = known(self._own.keys, address, self._today())
        if name is not None:
            return EXPIRED if name.expired else OK
        local = local.casefold()
        if local in PEOPLE or f"{local}@{domain}" in self._plain:
            return OK
        try:
            there = await ask(lambda conn: plain.known_local(conn, domain, local, self._own.reply_domain))
        except Exception:  # whatever it is, the sender has the mail still: a team's address is never refused on doubt
            return BUSY
        return OK if there else UNKNOWN

    def _today(self) -> date:
        return (self._carried.now() if self._carried else datetime.now(UTC)).date()
