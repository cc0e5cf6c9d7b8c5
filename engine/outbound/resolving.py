"""Asking DNS: by the system's resolver, or by one that a setting names."""

from __future__ import annotations

import dns.exception
import dns.resolver

SECONDS = 5.0


def resolver(where: str) -> dns.resolver.Resolver:
    """A resolver that asks `where` (host or host:port), or as the system does when that is empty."""
    found = dns.resolver.Resolver(configure=not where)
    if where:
        host, _, port = where.rpartition(":") if where.count(":") == 1 else (where, "", "53")
        found.nameservers, found.port = [host], int(port)
    found.use_edns(0, 0, 1232)  # an RSA record does not fit the 512 bytes of plain DNS with every name
    return found


def texts(name: str, where: str = "") -> list[str] | None:
    """The TXT records of a name, the strings of each joined; [] where there are none, None where nobody answered."""
    try:
        answer = resolver(where).resolve(f"{name}.", "TXT", lifetime=SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    except dns.exception.DNSException:
        return None
    return [b"".join(record.strings).decode("ascii", "replace") for record in answer]
