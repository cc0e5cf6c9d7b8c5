"""Whether addresses of ours are on DNS block lists (RFC 5782): the reversed address asked for as a name of the zone."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import dns.exception
import dns.resolver

from engine import log
from engine.config import Settings
from engine.db import Conn
from engine.errors import ConfigError
from engine.outbound import resolving
from engine.outbound.alerts import incidents
from engine.outbound.alerts.facts import Fact

logger = log.get(__name__)

SECONDS = 5.0
LISTED = ipaddress.ip_network("127.0.0.0/8")  # RFC 5782, section 2.1
# "127.255.255.0/24: Error codes (not an indication of a listing)": wrong name, public resolver, too many queries
# (spamhaus.org/faqs/dnsbl-usage). 127.0.0.1 must not be an answer (RFC 5782, section 5) and means the like elsewhere.
REFUSED = ipaddress.ip_network("127.255.255.0/24")
NEVER = ipaddress.ip_address("127.0.0.1")


@dataclass(frozen=True, slots=True)
class Listing:
    """What one zone says about one address. `listed` is None when it did not say."""

    zone: str
    address: str
    listed: bool | None
    words: str


def listings(settings: Settings) -> list[Listing]:
    """What the configured zones say about the configured addresses; empty where either is not set.

    Raises ConfigError for an address that is none.
    """
    zones, addresses = _parts(settings.dnsbl), _parts(settings.dnsbl_addresses)
    ask = partial(_ask, resolving.resolver(settings.dnsbl_resolver)) if zones and addresses else None
    return [ask(zone, address) for zone in zones for address in addresses] if ask else []


def name_of(zone: str, address: str) -> str:
    """The name to ask for: 192.0.2.99 is 99.2.0.192.<zone>, and an IPv6 address its 32 nibbles. Raises ConfigError."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError as error:
        raise ConfigError(f"SIXPM_DNSBL_ADDRESSES names {address!r}, which is no IP address.") from error
    return f"{ip.reverse_pointer.removesuffix('.in-addr.arpa').removesuffix('.ip6.arpa')}.{zone.strip('.')}."


def settle(conn: Conn, found: Sequence[Listing], now: datetime) -> None:
    """Bring the incidents in line with what the zones said. One that said nothing changes nothing."""
    facts = [Fact("dnsbl", f"{one.address}@{one.zone}", one.words) for one in found if one.listed]
    silent = {f"{one.address}@{one.zone}" for one in found if one.listed is None}
    incidents.settle(conn, facts, ("dnsbl",), now, 0.0, spared=silent)


def _ask(resolver: dns.resolver.Resolver, zone: str, address: str) -> Listing:
    name = name_of(zone, address)
    try:
        answer = resolver.resolve(name, "A", lifetime=SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Listing(zone, address, False, f"{address} is not on {zone}.")
    except dns.exception.DNSException as error:
        logger.warning("block list not asked", zone=zone, error=str(error)[:200])
        return Listing(zone, address, None, f"{zone} does not answer.")
    return judged(zone, address, [str(record) for record in answer])


def judged(zone: str, address: str, answers: Sequence[str]) -> Listing:
    """What A records mean: a listing, a refusal to say, or a resolver that answers every name."""
    codes = [ipaddress.ip_address(answer) for answer in answers]
    if any(code in REFUSED or code == NEVER or code not in LISTED for code in codes):
        said = ", ".join(answers)
        logger.warning("block list refuses to answer", zone=zone, said=said)
        return Listing(zone, address, None, f"{zone} refuses to say ({said}): ask it by a resolver of your own.")
    return Listing(zone, address, True, f"{address} is on the block list {zone} ({', '.join(answers)}).")


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
