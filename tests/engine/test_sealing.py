"""Hashes of addresses: one at a time and many at once are the same."""

from __future__ import annotations

from engine.sealing import address_hash, address_hashes

ADDRESSES = ["ada@x.test", " Ada@X.test ", "STRASSE@x.test", "straße@x.test", "", "ø" * 300 + "@x.test"]


def test_many_addresses_at_once_have_the_hashes_that_each_has_alone() -> None:
    for secret in ("a secret", "the new one, and the one before it", "long" * 50):
        many = address_hashes(secret, ADDRESSES)

        assert many == [address_hash(secret, address) for address in ADDRESSES]
        assert many[0] == many[1] != many[2] == many[3]
