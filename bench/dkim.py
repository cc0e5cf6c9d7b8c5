"""Signatures a second: ours with rsa-2048 and with ed25519 beside dkimpy's, and what our Python costs around the key.

    python -m bench.dkim [--seconds 2]

One process, one 6 KB two-part mail, rounds taken by turns so that a busy machine slows all alike; the best round
counts. Prints a table and, as its last line, JSON. dkimpy signs with ed25519 only where PyNaCl is installed.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP

import dkim
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from engine.outbound.dkim import Signer

NOW = datetime.now(UTC)
DOMAIN = "example.org"
ROUNDS, BLOCK = 20, 8  # calls in a BLOCK are timed together: asking for the time costs a microsecond
Job = Callable[[], object]


def mail() -> bytes:
    """A prompt of 6 KB, with every header that ours have."""
    message = EmailMessage(policy=SMTP)
    message["From"] = f"Rockets <checkin@{DOMAIN}>"
    message["To"] = "Zoë <zoe@example.net>"
    message["Reply-To"] = "r+k3jq7n2xw5tz@reply.example.org"
    message["Date"] = "Wed, 04 Mar 2026 18:00:00 +0000"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message["Message-ID"] = "<42.7.k3jq7n2xw5tz@reply.example.org>"
    message["In-Reply-To"] = "<41.7.k3jq7n2xw5ty@reply.example.org>"
    message["References"] = "<41.7.k3jq7n2xw5ty@reply.example.org>"
    message["List-Id"] = "Rockets <team-1.reply.example.org>"
    message["List-Unsubscribe"] = "<https://sixpm.example.org/u/k3jq7n2xw5tzk3jq7n2xw5tz>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    message["Subject"] = "Rockets, Wednesday 4 March: what did you get done today?"
    message.set_content("What did you get done today? Answer this mail, a line each.\n" * 25, cte="quoted-printable")
    row = '    <tr><td style="padding:4px">What did you get done today?</td></tr>\n'
    message.add_alternative(f"<table>\n{row * 50}</table>\n", subtype="html", cte="quoted-printable")
    return message.as_bytes()


class _Bare(Signer):
    """A signer whose private-key operation costs nothing: what is left is our own Python and the hashes."""

    def _raw(self, data: bytes) -> bytes:
        return bytes(256)


def jobs(content: bytes) -> dict[str, Job]:
    """What is measured, by name."""
    long, short = rsa.generate_private_key(65537, 2048), ed25519.Ed25519PrivateKey.generate()
    ours = {
        "rsa_2048": Signer(DOMAIN, "mail", long),
        "ed25519": Signer(DOMAIN, "mail", short),
        "own_python": _Bare(DOMAIN, "mail", long),
    }
    found: dict[str, Job] = {name: lambda signer=signer: signer.sign(content, NOW) for name, signer in ours.items()}  # type: ignore[misc]
    found["rsa_2048_key_alone"] = lambda: long.sign(bytes(1500), padding.PKCS1v15(), SHA256())
    found["ed25519_key_alone"] = lambda: short.sign(bytes(32))
    return found | theirs(content, long)


def theirs(content: bytes, key: rsa.RSAPrivateKey) -> dict[str, Job]:
    """The same with dkimpy, relaxed/relaxed too."""
    relaxed, names = (b"relaxed", b"relaxed"), (b"mail", DOMAIN.encode())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    found: dict[str, Job] = {"dkimpy_rsa_2048": lambda: dkim.sign(content, *names, pem, canonicalize=relaxed)}
    if hasattr(dkim, "nacl"):
        seed = bytes(dkim.nacl.signing.SigningKey.generate().encode(dkim.nacl.encoding.Base64Encoder))
        found["dkimpy_ed25519"] = lambda: dkim.sign(
            content, *names, seed, canonicalize=relaxed, signature_algorithm=b"ed25519-sha256"
        )
    return found


def spent(job: Job, seconds: float) -> float:
    """Seconds of processor per call, over about `seconds` of them."""
    calls, began = 0, time.process_time()
    while (past := time.process_time() - began) < seconds:
        for _ in range(BLOCK):
            job()
        calls += BLOCK
    return past / calls


def main() -> None:
    """Measure every job in turn, ROUNDS times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="processor time per job, all rounds together")
    seconds = parser.parse_args().seconds / ROUNDS
    content = mail()
    measured = jobs(content)
    best = dict.fromkeys(measured, float("inf"))
    for _ in range(ROUNDS):
        best = {name: min(best[name], spent(job, seconds)) for name, job in measured.items()}
    print(f"one mail of {len(content):,} bytes\n{'':20}{'µs':>10}{'a second':>12}")
    for name, cost in best.items():
        print(f"{name:20}{cost * 1e6:10.1f}{1 / cost:12,.0f}")
    ratio = best["dkimpy_rsa_2048"] / best["rsa_2048"]
    print(f"\nours against dkimpy, rsa-2048: {ratio:.1f} times")
    figures = {name: round(1 / cost) for name, cost in best.items()}
    print(json.dumps({**figures, "own_python_us": round(best["own_python"] * 1e6, 1), "ratio_rsa": round(ratio, 1)}))


if __name__ == "__main__":
    main()
