"""Who receives for a recipient's domain: a small table of the large providers' own domains, and "other".

Planning groups by it and health is told by it, so it asks no DNS. A company's own domain hosted by one of them is
"other": its MX would say more, at the price of a look-up per domain before the first mail leaves.
"""

from __future__ import annotations

from types import MappingProxyType

OTHER = "other"

_DOMAINS = {
    "gmail": ("gmail.com", "googlemail.com"),
    "outlook": (
        "outlook.com", "outlook.de", "outlook.fr", "outlook.es", "outlook.it", "outlook.jp", "outlook.com.br",
        "hotmail.com", "hotmail.co.uk", "hotmail.de", "hotmail.es", "hotmail.fr", "hotmail.it",
        "live.com", "live.co.uk", "live.de", "live.fr", "live.it", "live.nl", "msn.com", "passport.com",
    ),
    "yahoo": (
        "yahoo.com", "yahoo.ca", "yahoo.co.id", "yahoo.co.in", "yahoo.co.uk", "yahoo.com.ar", "yahoo.com.au",
        "yahoo.com.br", "yahoo.com.mx", "yahoo.de", "yahoo.es", "yahoo.fr", "yahoo.ie", "yahoo.in", "yahoo.it",
        "ymail.com", "rocketmail.com", "myyahoo.com", "aol.com", "aol.co.uk", "aol.de", "aim.com", "verizon.net",
    ),
    "icloud": ("icloud.com", "me.com", "mac.com"),
    "gmx": ("gmx.net", "gmx.de", "gmx.at", "gmx.ch", "gmx.com", "gmx.eu", "gmx.org", "gmx.info", "web.de"),
    "proton": ("proton.me", "protonmail.com", "protonmail.ch", "pm.me"),
}  # fmt: skip

DOMAINS = MappingProxyType({domain: provider for provider, domains in _DOMAINS.items() for domain in domains})
PROVIDERS = (*_DOMAINS, OTHER)


def provider_of(domain: str) -> str:
    """One of PROVIDERS for the domain of an address, in any case, with or without a final dot."""
    return DOMAINS.get(domain.lower().rstrip("."), OTHER)
