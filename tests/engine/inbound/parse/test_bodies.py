"""Headers and bodies as mail programs really send them: each oddity by one mail of our own."""

from __future__ import annotations

import base64
import time
import tracemalloc

import pytest

from engine.inbound.parse import attached, limits, parse

GREEN = "Grüße aus Köln – 5 € für Ærø"
CYRILLIC = "Тесты зелёные, завтра выпуск"
CHINESE = "測試已經完成，明天發佈"
JAPANESE = "テストは終わりました。明日出します。"


def plain(body: bytes, charset: str = "", head: bytes = b"") -> bytes:
    label = f"; charset={charset}".encode() if charset else b""
    return b"Subject: x\n" + head + b"Content-Type: text/plain" + label + b"\n\n" + body


@pytest.mark.parametrize(
    ("text", "codec", "label"),
    [
        (GREEN, "utf-8", "iso-8859-1"), (GREEN, "utf-8", "us-ascii"), (GREEN, "utf-8", ""),
        (GREEN, "utf-8", "x-nonsense"),
        (GREEN, "cp1252", "iso-8859-1"), (GREEN, "cp1252", "utf-8"), (GREEN, "cp1252", ""), (GREEN, "utf-16", "utf-16"),
        (GREEN, "utf-7", "unicode-1-1-utf-7"), (GREEN, "utf-7", "utf-7"), (GREEN, "utf-8-sig", "utf-8"),
        (CYRILLIC, "koi8-r", "koi8-r"), (CYRILLIC, "cp1251", "windows-1251"), (CYRILLIC, "utf-8", "koi8-r"),
        (CHINESE, "big5", "big5"), (CHINESE, "utf-8", "big5"), (CHINESE, "gb18030", "gb2312"),
        (JAPANESE, "iso2022_jp", "iso-2022-jp"), (JAPANESE, "iso2022_jp", ""), (JAPANESE, "iso2022_jp", "us-ascii"),
        (JAPANESE, "cp932", "shift_jis"), (JAPANESE, "euc_jp", "euc-jp"), (JAPANESE, "utf-8", "iso-2022-jp"),
        ("테스트가 끝났습니다", "cp949", "ks_c_5601-1987"), ("ทดสอบเสร็จ", "cp874", "tis-620"),
        ("plain words", "ascii", "utf-16"), (GREEN, "utf-8", "utf-16"), (GREEN, "utf-16-le", "utf-16-le"),
        ("בדיקות ירוקות", "iso-8859-8", "iso-8859-8-i"),
    ],
)  # fmt: skip
def test_text_is_read_as_its_bytes_say(text: str, codec: str, label: str) -> None:
    assert parse(plain(text.encode(codec), label)).text.strip() == text


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (GREEN.encode(), GREEN),
        (GREEN.encode("cp1252"), GREEN),
        (b"=?utf-8?B?" + base64.b64encode(GREEN.encode()) + b"?=", GREEN),
        (b"=?utf-8?b?" + base64.b64encode(GREEN.encode()).rstrip(b"=") + b"?=", GREEN),
        (b"=?UTF-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        (b"=?unicode-1-1-utf-7?Q?Gr+APwA3w-e?=", "Grüße"),
        (b"=?utf-8?Q?Gr=C3=BC=C3?=\n =?utf-8?Q?=9Fe?=", "Grüße"),
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe an alle?=", "Grüße an alle"),
        (b"=?utf-8?Q?Gr=C3=BC=C3=9Fe?= an =?utf-8?Q?K=C3=B6ln?=", "Grüße an Köln"),
        (b"=?utf-8?X?broken?=", "=?utf-8?X?broken?="),
        (b"=?utf-8?B?!!!?= end", "end"),
        (b"a\0b\x07c", "abc"),
        (b"=?utf-8?Q?a=0D=0ABcc:=20eve@example.org?=", "a Bcc: eve@example.org"),
    ],
)
def test_subjects_of_every_shape_are_one_clean_line(raw: bytes, subject: str) -> None:
    assert parse(b"Subject: " + raw + b"\nFrom: a@example.org\n\nx").subject == subject


@pytest.mark.parametrize("codec", ["koi8-r", "gb18030", "shift_jis", "latin-1"])
def test_raw_bytes_in_a_header_neither_raise_nor_break_the_line(codec: str) -> None:
    text = {"koi8-r": CYRILLIC, "gb18030": CHINESE, "shift_jis": JAPANESE, "latin-1": "Grüße"}[codec]

    mail = parse(b"Subject: " + text.encode(codec) + b"\nFrom: a@example.org\n\nx")

    assert mail.subject
    assert "\n" not in mail.subject
    assert mail.from_ is not None
    assert mail.from_.address == "a@example.org"


def attachment(head: bytes) -> str:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n--b\n" + head + b"\n\nabc\n--b--\n"
    mail = parse(raw)
    assert mail.attachments[0].size == 3
    assert attached(raw, mail.attachments[0].path) == b"abc"
    return mail.attachments[0].name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (b'filename="a.txt"', "a.txt"),
        (b"filename=my report.txt", "my report.txt"),
        (b'filename="/etc/passwd"', "passwd"),
        (b'filename="C:\\\\temp\\\\a.txt"', "a.txt"),
        (b'filename=".."', ""),
        (b'filename="   "', ""),
        (b'filename="../../.ssh/config."', "config"),
        (b"filename*=utf-8''gr%C3%BCn.txt", "grün.txt"),
        (b"filename*0*=utf-8''gr%C3%BC; filename*1=n; filename*2*=%2Etxt", "grün.txt"),
        (b"filename*1=.txt; filename*0=long", "long.txt"),
        (b"filename*=iso-8859-1'de'gr%FCn.txt; filename=x", "grün.txt"),
        (b"filename*=gr%C3%BCn.txt", "grün.txt"),
        (b'filename="=?utf-8?Q?gr=C3=BCn.txt?="', "grün.txt"),
        ('filename="grün.txt"'.encode(), "grün.txt"),
        (b"filename*=utf-8''a%E2%80%AEgpj.exe", "agpj.exe"),
        (b"filename*=utf-8''a%0D%0ABcc%3A%20x.txt", "a Bcc x.txt"),
        (b'filename="' + b"a" * 400 + b'.txt"', "a" * 255),
    ],
)
def test_names_of_attachments_are_decoded_and_harmless(value: bytes, name: str) -> None:
    assert attachment(b"Content-Type: application/octet-stream\nContent-Disposition: attachment; " + value) == name


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"Content-Transfer-Encoding: base64\n\naGVs bG8g*\n d29y\x00bGQ=\n", "hello world"),
        (b"Content-Transfer-Encoding: base64\n\naGVsbG8=\nIHdvcmxk\n", "hello world"),
        (b"Content-Transfer-Encoding: base64\n\naGVsbG8\n", "hello"),
        (b"Content-Transfer-Encoding: BASE64 \n\naGVsbG8=\n", "hello"),
        (b"Content-Transfer-Encoding: quoted-printable\n\nhel=\nlo =ZZ =C3=BC=\n", "hello =ZZ ü"),
        (b"Content-Transfer-Encoding: x-nonsense\n\nhello\n", "hello"),
        (b"Content-Transfer-Encoding: quoted-printable\n\n\xc3\xbc=C3=BC\n", "üü"),
    ],
)
def test_broken_encodings_give_what_can_be_read(raw: bytes, text: str) -> None:
    assert parse(b"Subject: x\nContent-Type: text/plain; charset=utf-8\n" + raw).text.strip() == text


def test_flowed_text_is_joined_and_its_quotes_stay_apart() -> None:
    head = b"Subject: x\nIn-Reply-To: <a@b>\nContent-Type: text/plain; format=flowed; delsp=yes\n\n"

    mail = parse(head + b"one long \nline\n\n On Tue: no\n> quoted \n> line\n")

    assert mail.text.split("\n")[:3] == ["one longline", "", "On Tue: no"]


def multipart(kind: bytes, *parts: bytes) -> bytes:
    return (
        b"Subject: x\nContent-Type: multipart/"
        + kind
        + b"; boundary=b\n\n--b\n"
        + b"\n--b\n".join(parts)
        + b"\n--b--\n"
    )


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (multipart(b"mixed", b"\none", b"Content-Type: text/plain\n\ntwo"), "one two"),
        (multipart(b"alternative", b"\n", b"Content-Type: text/html\n\n<p>full</p>"), "full"),
        (multipart(b"alternative", b"\nplain", b"Content-Type: text/html\n\n<p>html</p>"), "plain"),
        (multipart(b"related", b"Content-Type: text/html\n\n<p>html</p>", b"Content-Type: image/png\n\nx"), "html"),
        (multipart(b"mixed", b"\nhello").replace(b"--b--\n", b""), "hello"),
        (multipart(b"mixed", b"\nhello").replace(b"boundary=b", b'boundary="b '), "hello"),
        (multipart(b"mixed", b"\nhello").replace(b"; boundary=b", b""), "--b hello --b--"),
        (multipart(b"mixed", b"Content-Type: text/plain\n\nhello").replace(b"; boundary=b", b""), "hello"),
        (multipart(b"mixed", b"\nhello").replace(b"\n", b"\r\n"), "hello"),
        (multipart(b"mixed", b"\nhello").replace(b"--b\n", b"--b   \n"), "hello"),
        (multipart(b"mixed", b"\nhello", b"\nnot--b\n--bb\nfor --b here"), "hello not--b --bb for --b here"),
        (b"Subject: x\nContent-Type: text/plain\nhello\nthere\n", "hello there"),
        (b"Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n", ""),
        (b"hello without a header\n", "hello without a header"),
    ],
)
def test_the_text_of_odd_structures_is_read(raw: bytes, text: str) -> None:
    assert parse(raw).text.split() == text.split()


def test_an_attached_mail_is_listed_and_never_the_writers_words() -> None:
    inner = b"From: bo@example.org\nSubject: inner\n\nNot mine.\n"
    raw = multipart(b"mixed", b"\nSee the mail of Bo.", b"Content-Type: message/rfc822\n\n" + inner)

    mail = parse(raw)

    assert mail.reply_text.strip() == "See the mail of Bo."
    assert [(item.name, item.content_type, item.size) for item in mail.attachments] == [
        ("inner", "message/rfc822", len(inner))
    ]
    assert attached(raw, "2") == inner


def test_a_piece_of_a_mail_is_kept_and_said() -> None:
    mail = parse(multipart(b"mixed", b"\nhi", b'Content-Type: message/partial; id="a"; number=2\n\nmore'))

    assert [item.content_type for item in mail.attachments] == ["message/partial"]
    assert "partial" in mail.faults


def test_inline_images_stay_linked_to_their_place() -> None:
    image = b"Content-Type: image/png; name=a.png\nContent-ID: <logo@x>\nContent-Disposition: inline\n\nx"
    html = b"Content-Type: text/html\n\n<p>see <img src='cid:logo@x'></p>"

    mail = parse(multipart(b"related", html, image))

    assert [(item.name, item.content_id, item.inline) for item in mail.attachments] == [("a.png", "logo@x", True)]


@pytest.mark.parametrize("path", ["", "1", "2.1", "9", "0", "-1", "a", "1.1.1", "99999999999", "²"])
def test_a_path_that_leads_nowhere_gives_nothing_or_the_part(path: str) -> None:
    raw = multipart(b"mixed", b"\nhi", b"\nho")

    found = attached(raw, path)

    assert found is None or path in ("", "1")


def test_an_attachment_is_cut_where_the_caller_says() -> None:
    assert attached(multipart(b"mixed", b"\nhello"), "1", most=2) == b"he"


def test_nested_parts_of_a_large_mail_cost_its_size_once() -> None:
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (i, i) for i in range(25))
    raw = deep + b"Content-Type: application/zip; name=a.zip\n\n" + b"x" * 8_000_000
    parse(b"Subject: warm\n\nx")

    tracemalloc.start()
    start = time.process_time()
    mail = parse(raw)
    spent = time.process_time() - start
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert [item.name for item in mail.attachments] == ["a.zip"]
    assert peak < 3 * len(raw)
    assert spent < 10.0  # reading it once for each level takes minutes


def test_headers_beyond_the_bounds_are_left_out_and_said() -> None:
    many = b"".join(b"X-%d: y\n" % i for i in range(20_000))

    mail = parse(b"Subject: x\n" + many + b"\nhello")

    assert len(many) > limits.HEADERS_BYTES
    assert "headers-too-long" in mail.faults
    assert (mail.subject, mail.reply_text) == ("x", "hello")
