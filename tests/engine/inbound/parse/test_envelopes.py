"""winmail.dat, S/MIME and PGP are kept as parts, and the text inside is read where no key is needed."""

from __future__ import annotations

import base64
import datetime
import struct

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from engine.inbound.parse import attached, parse, rtf
from engine.inbound.parse.mail import ParsedMail

ENTITY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nThe tests are gr\xc3\xbcn.\r\n"
# The example of [MS-OXRTFCP] 3.1.1: {\rtf1\ansi\ansicpg1252\pard hello world}
RTF = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
    "0af32068656c090020627705b06c647d0a800fa0"
)  # fmt: skip


def attribute(ident: int, data: bytes) -> bytes:
    return b"\x01" + struct.pack("<II", ident, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def text_property(key: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, key, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def winmail(*attributes: bytes) -> bytes:
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def properties(*items: bytes) -> bytes:
    flag = struct.pack("<HHI", 11, 0x0E1B, 1)
    named = struct.pack("<HH", 3, 0x8001) + bytes(16) + struct.pack("<II", 1, 4) + "ab".encode("utf-16-le") + bytes(4)
    return attribute(0x00069003, struct.pack("<I", len(items) + 2) + flag + named + b"".join(items))


def outlook(tnef: bytes, before: bytes = b"", kind: bytes = b"application/ms-tnef; name=winmail.dat") -> bytes:
    head = b"From: Ada <ada@example.org>\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n\n"
    part = b"--b\nContent-Type: " + kind + b"\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(tnef)
    return head + before + part + b"\n--b--\n"


@pytest.mark.parametrize(
    "tnef",
    [
        winmail(attribute(0x0002800C, b"hello from outlook\0")),
        winmail(properties(text_property(0x1000, 0x1F, "hello from outlook\0".encode("utf-16-le")))),
        winmail(properties(text_property(0x1013, 0x102, b"<p>hello <b>from</b> outlook</p>"))),
        winmail(
            attribute(0x00069007, struct.pack("<II", 1251, 0)),
            properties(text_property(0x1000, 0x1E, b"hello from outlook")),
        ),
        winmail(attribute(0x0002800C, b"hello from outlook\0")) + b"\x01\x0c",
    ],
    ids=["attribute", "unicode", "html", "codepage", "broken end"],
)  # fmt: skip
def test_the_text_of_a_winmail_is_read_and_the_file_is_kept(tnef: bytes) -> None:
    mail = parse(outlook(tnef))

    assert " ".join(mail.reply_text.split()) == "hello from outlook"
    assert [(item.name, item.size) for item in mail.attachments] == [("winmail.dat", len(tnef))]
    assert "text-from-tnef" in mail.faults


def test_the_rich_text_of_a_winmail_is_read_where_there_is_no_other() -> None:
    mail = parse(outlook(winmail(properties(text_property(0x1009, 0x102, RTF)))))

    assert mail.reply_text.strip() == "hello world"


def test_words_beside_a_winmail_are_the_writers_words() -> None:
    before = b"--b\nContent-Type: text/plain\n\nhello in plain\n"

    mail = parse(outlook(winmail(attribute(0x0002800C, b"hello again\0")), before))

    assert mail.reply_text.strip() == "hello in plain"


def test_the_files_in_a_winmail_are_listed_and_found_again() -> None:
    long = struct.pack("<I", 1) + text_property(0x3707, 0x1F, "../Wochenbericht März.xls\0".encode("utf-16-le"))
    tnef = winmail(
        attribute(0x0002800C, b"two files\0"),
        attribute(0x00069002, bytes(14)), attribute(0x00018010, b"WOCHE~1.XLS\0"), attribute(0x0006800F, b"abc"),
        attribute(0x00069005, long), attribute(0x00069002, bytes(14)), attribute(0x00018010, b"b.txt\0"),
        attribute(0x0006800F, b"defg"),
    )  # fmt: skip
    raw = outlook(tnef, kind=b"application/octet-stream; name=winmail.dat")

    mail = parse(raw)

    names = [(item.name, item.size) for item in mail.attachments]
    assert names == [("winmail.dat", len(tnef)), ("Wochenbericht März.xls", 3), ("b.txt", 4)]
    assert [attached(raw, item.path) for item in mail.attachments] == [tnef, b"abc", b"defg"]


@pytest.mark.parametrize("cut", [0, 3, 6, 20, 40, 60, 80])
def test_a_winmail_that_breaks_off_anywhere_is_kept(cut: int) -> None:
    whole = winmail(properties(text_property(0x1000, 0x1F, b"\0" * 40)), attribute(0x00069002, bytes(14)))

    mail = parse(outlook(whole[:cut]))

    assert [item.name for item in mail.attachments] == ["winmail.dat"]
    assert not [fault for fault in mail.faults if fault.startswith("unreadable")]


def test_rich_text_keeps_letters_and_leaves_out_markup() -> None:
    source = rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0 Arial;}}{\*\generator X;}\uc1 \'cf\u1088?\par "
    source += rb"gr\u252\'fcn \{ok\}\htmlrtf a\htmlrtf0 b}"

    assert rtf.to_text(source) == "Пр\ngrün {ok}b"


KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ada@example.org")])
NOW = datetime.datetime(2026, 3, 3, tzinfo=datetime.UTC)
CERTIFICATE = (
    x509.CertificateBuilder().subject_name(NAME).issuer_name(NAME).public_key(KEY.public_key()).serial_number(1)
    .not_valid_before(NOW).not_valid_after(NOW + datetime.timedelta(days=900)).sign(KEY, hashes.SHA256())
)  # fmt: skip
SIGNER = pkcs7.PKCS7SignatureBuilder().set_data(ENTITY).add_signer(CERTIFICATE, KEY, hashes.SHA256())


def smime(der: bytes, kind: bytes) -> ParsedMail:
    return parse(
        b"Content-Type: application/pkcs7-mime; smime-type=" + kind + b"; name=smime.p7m\n"
        b"Content-Transfer-Encoding: base64\nSubject: x\n\n" + base64.encodebytes(der)
    )  # fmt: skip


def tlv(tag: int, *content: bytes) -> bytes:
    return bytes([tag, 0x80]) + b"".join(content) + b"\0\0"


def streamed(entity: bytes) -> bytes:
    """Signed data as a program writes it that does not know the length yet: indefinite lengths, octets in pieces."""
    pieces = [bytes([4, len(entity[at : at + 20])]) + entity[at : at + 20] for at in range(0, len(entity), 20)]
    data = bytes.fromhex("06092a864886f70d010701")
    inner = tlv(0x30, data, tlv(0xA0, tlv(0x24, *pieces)))
    return tlv(0x30, bytes.fromhex("06092a864886f70d010702"), tlv(0xA0, tlv(0x30, b"\x02\x01\x01", b"\x31\x00", inner)))


@pytest.mark.parametrize(
    "der", [SIGNER.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary]), streamed(ENTITY)], ids=["der", "ber"]
)
def test_opaque_signed_mail_is_read_and_the_envelope_kept(der: bytes) -> None:
    mail = smime(der, b"signed-data")

    assert mail.reply_text.strip() == "The tests are grün."
    assert [item.name for item in mail.attachments] == ["smime.p7m"]


def test_clear_signed_mail_is_read() -> None:
    raw = SIGNER.sign(serialization.Encoding.SMIME, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])

    mail = parse(raw)

    assert mail.reply_text.strip() == "The tests are grün."
    assert [item.content_type for item in mail.attachments] == ["application/x-pkcs7-signature"]


def test_encrypted_smime_is_kept_and_said() -> None:
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(ENTITY).add_recipient(CERTIFICATE)

    mail = smime(builder.encrypt(serialization.Encoding.DER, []), b"enveloped-data")

    assert mail.reply_text == ""
    assert "encrypted" in mail.faults
    assert [item.name for item in mail.attachments] == ["smime.p7m"]


@pytest.mark.parametrize(
    "der", [b"", b"0", b"0\x80", b"\x30\x80" * 500, b"\x30\x84\xff\xff\xff\xff\x06\x01", b"x" * 50]
)
def test_what_is_no_cms_is_an_attachment(der: bytes) -> None:
    mail = smime(der, b"signed-data")

    assert [(item.name, item.size) for item in mail.attachments] == [("smime.p7m", len(der))]


def test_signed_pgp_is_read_and_its_signature_kept() -> None:
    mail = parse(
        b"Content-Type: multipart/signed; protocol=application/pgp-signature; boundary=b\n\n--b\n\nhello\n--b\n"
        b"Content-Type: application/pgp-signature; name=signature.asc\n\n-----BEGIN PGP SIGNATURE-----\n--b--\n"
    )

    assert mail.reply_text.strip() == "hello"
    assert [item.name for item in mail.attachments] == ["signature.asc"]


def test_encrypted_pgp_is_kept_and_said() -> None:
    mail = parse(
        b"Content-Type: multipart/encrypted; protocol=application/pgp-encrypted; boundary=b\n\n--b\n"
        b"Content-Type: application/pgp-encrypted\n\nVersion: 1\n--b\nContent-Type: application/octet-stream; "
        b"name=encrypted.asc\n\n-----BEGIN PGP MESSAGE-----\nx\n-----END PGP MESSAGE-----\n--b--\n"
    )

    assert "encrypted" in mail.faults
    assert "encrypted.asc" in [item.name for item in mail.attachments]


def test_encrypted_text_is_said() -> None:
    assert (
        "encrypted" in parse(b"Subject: x\n\n-----BEGIN PGP MESSAGE-----\n\nhQ==\n-----END PGP MESSAGE-----\n").faults
    )


def test_many_envelopes_cost_no_more_than_a_few() -> None:
    part = b"--b\nContent-Type: application/ms-tnef\n\n" + winmail(attribute(0x0002800C, b"hi\0")) + b"\n"

    mail = parse(b"Content-Type: multipart/mixed; boundary=b\n\n" + part * 50 + b"--b--\n")

    assert "too-many-envelopes" in mail.faults
    assert len(mail.attachments) == 50


def test_uuencoded_files_in_a_text_become_attachments() -> None:
    raw = b"Subject: x\n\nsee below\n\nbegin 644 ../a.txt\n#86)C\n \nend\n\nBye, Ada wrote this.\n"

    mail = parse(raw)

    assert mail.text.split() == ["see", "below", "Bye,", "Ada", "wrote", "this."]
    assert [(item.name, item.size) for item in mail.attachments] == [("a.txt", 3)]
    assert attached(raw, mail.attachments[0].path) == b"abc"


def test_the_word_begin_is_no_file() -> None:
    assert parse(b"Subject: x\n\nbegin 2026 with tests\n").reply_text.strip() == "begin 2026 with tests"
