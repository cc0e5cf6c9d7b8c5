"""`sixpm dkim` makes keys whose printed record is what verifies their signatures, and the doctor compares the two."""

from __future__ import annotations

import re
import stat
from datetime import UTC, datetime
from pathlib import Path

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric import rsa
from dns.rdtypes.ANY.TXT import TXT

from engine import config
from engine.outbound.dkim import Signer
from engine.outbound.dkim_keys import signers
from engine.outbound.dkim_records import problem, zone
from sixpm import doctor
from sixpm.__main__ import main
from tests.engine.outbound.dkim_oracle import verifies

NOW = datetime(2026, 3, 4, 18, 0, tzinfo=UTC)
MAIL = b"From: a@example.org\r\nSubject: x\r\n\r\nHello\r\n"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_HOME", str(tmp_path))


def called(*words: str) -> Result:
    config.settings.cache_clear()
    return CliRunner().invoke(main, ["dkim", *words])


def published(output: str) -> dict[str, list[bytes]]:
    """The strings of each TXT record in the output, by name, as a name server reads them from a zone file."""
    lines = re.findall(r"^(\S+)\. IN TXT (.+)$", output, re.MULTILINE)
    records = {name: dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, text) for name, text in lines}
    return {name: list(record.strings) for name, record in records.items() if isinstance(record, TXT)}


def obey(output: str, monkeypatch: pytest.MonkeyPatch) -> config.Settings:
    """Set what the output says is to be set."""
    for name, value in re.findall(r"^(SIXPM_\w+)=(.+)$", output, re.MULTILINE):
        monkeypatch.setenv(name, value)
    return config.load()


@pytest.mark.parametrize(("kind", "strings"), [("rsa", 2), ("ed25519", 1)])
def test_the_printed_record_verifies_what_the_kept_key_signs(
    kind: str, strings: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = called("--domain", "example.org", "--selector", "s1", "--type", kind)

    records = published(done.output)
    (signer,) = signers(obey(done.output, monkeypatch))

    (parts,) = records.values()
    assert list(records) == ["s1._domainkey.example.org"]
    assert len(parts) == strings
    assert all(len(part) <= 255 for part in parts)
    joined = {name: b"".join(parts).decode() for name, parts in records.items()}
    assert verifies(signer.sign(MAIL, NOW), joined)


def test_the_key_is_for_its_owner_alone_and_nothing_else_is_left(tmp_path: Path) -> None:
    called("--domain", "example.org", "--selector", "s1")

    kept = tmp_path / "dkim-s1.pem"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [kept.name]


def test_a_key_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    called("--domain", "example.org", "--selector", "s1")
    before = (tmp_path / "dkim-s1.pem").read_bytes()

    again = called("--domain", "example.org", "--selector", "s1")

    assert again.exit_code == 1
    assert "is there already" in again.output
    assert (tmp_path / "dkim-s1.pem").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["dkim-s1.pem"]


def test_a_second_key_joins_the_first_and_both_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    first = called("--domain", "example.org", "--selector", "s1", "--type", "rsa")
    obey(first.output, monkeypatch)
    second = called("--selector", "s2", "--type", "ed25519")
    found = signers(obey(second.output, monkeypatch))

    shown = called("--show")

    assert [(signer.domain, signer.algorithm) for signer in found] == [
        ("example.org", "rsa"),
        ("example.org", "ed25519"),
    ]
    assert published(shown.output) == {**published(first.output), **published(second.output)}


def test_a_key_goes_where_one_says_and_a_folder_that_is_not_there_is_one_text(tmp_path: Path) -> None:
    done = called("--domain", "example.org", "--file", str(tmp_path / "own.pem"))
    nowhere = called("--domain", "example.org", "--file", str(tmp_path / "none" / "own.pem"))

    assert (tmp_path / "own.pem").exists()
    assert f"SIXPM_DKIM_KEYS=sixpm={tmp_path / 'own.pem'}" in done.output
    assert nowhere.exit_code == 1
    assert "--file" in nowhere.output


@pytest.mark.parametrize("words", [("--show",), ("--domain", "not a domain"), ("--selector", "a b")])
def test_what_cannot_be_done_is_one_text_and_leaves_nothing(words: tuple[str, ...], tmp_path: Path) -> None:
    done = called(*words)

    assert done.exit_code == 1
    assert done.output.startswith("Error: ")
    assert not list(tmp_path.glob("*.pem*"))


def configured(monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[config.Settings, Signer]:
    settings = obey(called("--domain", "example.org", *words).output, monkeypatch)
    return settings, signers(settings)[0]


def test_the_doctor_is_content_when_dns_holds_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_MAIL_FROM", "Rockets <checkin@team.example.org>")
    settings, signer = configured(monkeypatch)
    asked: list[str] = []

    def lookup(name: str) -> list[str]:
        asked.append(name)
        return [signer.record]

    assert [finding.status for finding in doctor.dkim(settings, lookup)] == ["ok"]
    assert asked == ["sixpm._domainkey.example.org"]


def test_the_doctor_says_when_the_from_is_not_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_MAIL_FROM", "Rockets <checkin@example.net>")
    settings, signer = configured(monkeypatch)

    found = list(doctor.dkim(settings, lambda _: [signer.record]))

    assert [finding.status for finding in found] == ["ok", "warn"]
    assert "example.net is not signed" in found[1].text


def test_the_doctor_names_a_record_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_MAIL_FROM", "checkin@example.org")
    settings, _ = configured(monkeypatch)

    def nothing(_name: str) -> list[str]:
        raise LookupError("no such name")

    (found,) = doctor.dkim(settings, nothing)

    assert found.status == "bad"
    assert "sixpm._domainkey.example.org cannot be read: no such name" in found.text
    assert "sixpm dkim --show" in found.remedy


def test_the_doctor_needs_no_dns_where_no_key_is_set_and_names_a_key_it_cannot_use(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (unset,) = doctor.dkim(config.load())
    monkeypatch.setenv("SIXPM_DKIM_DOMAIN", "example.org")
    monkeypatch.setenv("SIXPM_DKIM_KEYS", "mail=/nowhere/key.pem")

    (broken,) = doctor.dkim(config.load())

    assert unset.status == "ok"
    assert broken.status == "bad"
    assert "/nowhere/key.pem" in broken.text


def test_the_doctor_joins_the_strings_that_dns_gives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIXPM_MAIL_FROM", "checkin@example.org")
    settings, signer = configured(monkeypatch)
    zone_text = zone(signer.name, signer.record).partition(" IN TXT ")[2]
    record = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, zone_text)
    asked: list[tuple[object, ...]] = []

    def resolve(*question: object, lifetime: float) -> list[dns.rdata.Rdata]:
        asked.append(question)
        return [record]

    monkeypatch.setattr("dns.resolver.resolve", resolve)

    assert [finding.status for finding in doctor.dkim(settings)] == ["ok"]
    assert asked == [(signer.name, "TXT")]


KEY = Signer("example.org", "mail", rsa.generate_private_key(65537, 1024))
OTHER = Signer("example.org", "mail", rsa.generate_private_key(65537, 1024))


@pytest.mark.parametrize(
    ("records", "wrong"),
    [
        ([KEY.record], None),
        ([f"p = {KEY.record.partition('p=')[2][:40]} {KEY.record.partition('p=')[2][40:]} ; t=s;"], None),
        ([OTHER.record], "another key"),
        ([KEY.record.replace("k=rsa", "k=ed25519")], "another key"),
        (["v=DKIM1; k=rsa; p="], "revoked"),
        (["v=spf1 -all"], "no DKIM record"),
        ([KEY.record, KEY.record], "2 TXT records"),
        ([], "0 TXT records"),
    ],
)
def test_a_record_fits_when_its_key_is_ours(records: list[str], wrong: str | None) -> None:
    found = problem(KEY.record, records)

    assert found is None if wrong is None else wrong in (found or "")


def test_a_short_key_is_worth_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.outbound.dkim_keys.signers", lambda _: (KEY,))
    monkeypatch.setenv("SIXPM_MAIL_FROM", "checkin@example.org")

    (found,) = doctor.dkim(config.load(), lambda _: [KEY.record])

    assert found.status == "warn"
    assert "1024 bits" in found.text
