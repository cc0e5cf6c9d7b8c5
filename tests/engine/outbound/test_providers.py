"""Who receives for a domain."""

from __future__ import annotations

import pytest

from engine.outbound.providers import DOMAINS, PROVIDERS, provider_of


@pytest.mark.parametrize(
    ("domain", "provider"),
    [
        ("gmail.com", "gmail"),
        ("GoogleMail.com", "gmail"),
        ("hotmail.co.uk", "outlook"),
        ("yahoo.de.", "yahoo"),
        ("me.com", "icloud"),
        ("web.de", "gmx"),
        ("pm.me", "proton"),
        ("example.org", "other"),
        ("mail.gmail.com", "other"),
        ("", "other"),
    ],
)
def test_a_domain_names_its_provider(domain: str, provider: str) -> None:
    assert provider_of(domain) == provider


def test_the_table_is_lower_case_and_knows_only_listed_providers() -> None:
    assert all(domain == domain.lower() and "." in domain for domain in DOMAINS)
    assert set(DOMAINS.values()) | {"other"} == set(PROVIDERS)
