"""Compiled mails: the same, part by part, as the standard library makes from the same values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email.errors import HeaderParseError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import tokens
from engine.outbound import render, templates
from engine.outbound.drafts import MailDraft
from engine.outbound.render import Press, Sign
from engine.outbound.skeleton import BOUNDARY, Skeleton, compiled
from tests.engine.outbound.mails import (
    MAILS,
    NOW,
    ROW,
    SIGN,
    assert_same,
    bodies,
    draft,
    parsed,
    pressed,
    sample,
)
from tests.engine.outbound.standard_mail import rendered, standard_mail, standard_values

# Letters that break things: what is special in HTML, headers, quoted-printable, SMTP and to our own marks.
HOSTILE = st.text(
    st.sampled_from("ab =&<>\"'\\.,;:@()[]?_\t\n\r\0\x01\x1b\x7f\x85\xa0é€漢🙂שר\u202e\u2028\ue000\ue0010sP-")
)
TEXT = st.one_of(
    HOSTILE,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=80),
    st.sampled_from(
        [
            "",
            " ",
            ".",
            "..\r\n.\r\n",
            "Ada",
            "x" * 300,
            "🙂" * 120,
            "a " * 200,
            "Ann\r\nBcc: eve@example.org",
            "\ue000sP&4\ue001",
            f"\r\n--{BOUNDARY}--\r\n",
            "{{ links }}",
            "&amp;",
            "trailing \nblanks\t",
            "From here",
            "שלום עולם",
        ]
    ),
).filter(lambda text: "=?" not in text)  # the standard library writes such a subject as it is, and it is read as empty
BRIEF = TEXT.filter(lambda text: len(text) < 60)  # the standard library takes a second to fold a long one


@pytest.fixture(scope="module")
def press() -> Press:
    return Press()


# ---- the mails we ship


@pytest.mark.parametrize("mail", MAILS)
def test_no_mail_we_ship_needs_a_template_for_each_recipient(mail: str, press: Press) -> None:
    assert press.skeleton(draft(mail), SIGN).conditional == []


@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_says_what_its_templates_say_when_they_are_rendered_for_this_recipient(mail: str, press: Press) -> None:
    made = draft(mail)
    values = standard_values(made, ROW, 4, SIGN, NOW)

    text, html = bodies(parsed(pressed(made, press)))

    assert text == rendered(mail, "body.txt", values)
    assert html == templates.inlined(rendered(mail, "body.html", values)) + "\n"


@pytest.mark.parametrize("personal", [{}, {"first_name": ""}, {"first_name": " \t"}, {"first_name": "O'Neil <x&y>"}])
@pytest.mark.parametrize("mail", MAILS)
def test_a_mail_is_the_one_the_standard_library_makes(mail: str, personal: dict[str, str], press: Press) -> None:
    made = draft(mail)
    made = replace(made, personal={**made.personal, **personal}, after=((1, 2), (3, 4)))

    assert_same(pressed(made, press), standard_mail(made, ROW, 4, SIGN, NOW))


@pytest.mark.parametrize("mail", ["prompt", "digest"])
def test_links_that_name_a_mail_with_the_largest_numbers_keep_within_their_lines(mail: str, press: Press) -> None:
    made = replace(draft(mail), membership_id=2**62)
    row = ROW._replace(run_id=2**62, seq=2**62)

    content = press.mail(made, row, 1, 2**62, SIGN, NOW).content

    assert max(map(len, content.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))) <= 76
    assert_same(content, standard_mail(made, row, 2**62, SIGN, NOW))


# ---- any values


@settings(max_examples=60, deadline=None)
@given(first_name=TEXT, until=TEXT, to_name=BRIEF, team=BRIEF, question=BRIEF)
def test_whatever_people_are_called_and_write_the_mail_is_the_standard_one(
    first_name: str, until: str, to_name: str, team: str, question: str
) -> None:
    press = _shared_press()
    context = {**sample("prompt"), "team": team, "subject": f"{team}: {question}", "questions": [question]}
    made = draft("prompt", context=context, to_name=to_name, personal={"first_name": first_name, "until": until})
    made = replace(made, list_name=team)

    assert_same(pressed(made, press), standard_mail(made, ROW, 4, SIGN, NOW))


_PRESSES: list[Press] = []


def _shared_press() -> Press:
    if not _PRESSES:
        _PRESSES.append(Press())
    return _PRESSES[0]


@settings(max_examples=30, deadline=None)
@given(
    name=TEXT, address=st.sampled_from(["a@x.test", "jörg@exämple.test", "o'neil+x@s.x-y.test", "l" * 64 + "@x.test"])
)
def test_a_name_can_make_no_header(name: str, address: str) -> None:
    made = draft("notice_test", to_name=name)

    mail = pressed(made, _shared_press(), ROW._replace(address=address))

    assert_same(mail, standard_mail(made, ROW._replace(address=address), 4, SIGN, NOW))
    assert [key for key in parsed(mail) if key not in parsed(pressed(draft("notice_test"), _shared_press()))] == []


def test_a_megabyte_of_text_in_a_name_and_in_the_content_arrives_whole(press: Press) -> None:
    text = "Zeile mit Umlauten äöü = und mehr.  \n.\n" * 13_000
    made = draft("prompt", context={**sample("prompt"), "team": "t", "questions": [text, "x" * 500_000]})
    made = replace(made, personal={"first_name": "n🙂" * 100_000, "until": text})

    assert_same(pressed(made, press), standard_mail(made, ROW, 4, SIGN, NOW))


# ---- what is kept


def test_contents_that_are_equal_are_compiled_once_and_others_each_for_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def counted(draft: MailDraft, blank: Mapping[str, str], sign: Sign) -> Skeleton:
        made.append(draft)
        return compiled(draft, blank, sign)

    monkeypatch.setattr(render, "compiled", counted)
    press = Press()

    for team in ("a", "a", "b", "a"):
        pressed(draft("prompt", context={**sample("prompt"), "team": team}), press)
    other_sign = replace(SIGN, base_url="https://other.example")
    pressed(draft("prompt", context={**sample("prompt"), "team": "a"}), press, sign=other_sign)
    pressed(draft("prompt", context={**sample("prompt"), "team": "a"}), press, sign=replace(SIGN))

    assert len(made) == 3


def test_a_content_that_is_gone_gives_its_place_to_no_other(press: Press) -> None:
    """The identity of an object is free for the next one as soon as it is gone; the press must hold on to it."""
    teams = [f"team {n}" for n in range(200)]

    texts = [
        bodies(parsed(pressed(draft("prompt", context={**sample("prompt"), "team": t, "x": Odd()}), press)))[0]
        for t in teams
    ]

    assert [re.search(r"in the team (team \d+) at", text)[1] for text in texts] == teams  # type: ignore[index]


class Odd:
    """A value without a fingerprint."""


def test_the_press_keeps_no_more_than_it_may() -> None:
    press = Press(skeletons=5)

    for n in range(20):
        pressed(draft("notice_test", context={"n": n}), press)

    assert len(press._near) == len(press._far) == 5


# ---- headers


@pytest.mark.parametrize("name", ["=?utf-8?q?x?=", "=?utf-8?q?x?= y", "a =? b"])
def test_what_looks_like_an_encoded_word_arrives_as_it_was_written(name: str, press: Press) -> None:
    mail = parsed(pressed(draft("prompt", to_name=name, context={**sample("prompt"), "subject": name}), press))

    assert mail["Subject"] == name
    assert mail["To"].addresses[0].display_name == name


@pytest.mark.parametrize("address", ["no address", "a@b\r\nBcc: eve@x.test", "", "a b@x.test", "@x.test", "a\0@x.test"])
def test_what_is_no_address_makes_no_mail(address: str, press: Press) -> None:
    with pytest.raises((ValueError, HeaderParseError)):
        pressed(draft("notice_test"), press, ROW._replace(address=address))


def test_long_names_and_subjects_are_folded(press: Press) -> None:
    long = {"to_name": "Ann " * 75, "list_name": "Team " * 60, "context": {**sample("prompt"), "subject": "word " * 60}}

    head = pressed(draft("prompt", **long), press).partition(b"\r\n\r\n")[0]

    lines = [line for line in head.split(b"\r\n") if not line.startswith(b"List-Unsubscribe: ")]  # a link is one word
    assert max(map(len, lines)) <= 78


def test_a_mail_from_each_second_has_its_own_date(press: Press) -> None:
    made = draft("notice_test")

    dates = [
        parsed(press.mail(made, ROW, 3, 4, SIGN, NOW + timedelta(seconds=s)).content)["Date"].datetime
        for s in (0, 0.4, 1)
    ]

    assert dates == [NOW, NOW, NOW + timedelta(seconds=1)]


def test_the_envelope_names_the_delivery(press: Press) -> None:
    mail = press.mail(draft("prompt"), ROW, 3, 4, SIGN, NOW)

    token = mail.envelope_sender.removeprefix("b+").partition("@")[0]
    assert tokens.read(SIGN.keys, token, tokens.Purpose.BOUNCE, NOW.date()) == (ROW.run_id, ROW.seq)
    assert (mail.key, mail.to, mail.smtputf8) == ((3, 678, 0), "bikram@example.org", False)


@pytest.mark.parametrize("domain", ["x.test\r\nBcc: e@x.test", "x y.test"])
def test_a_workspace_can_add_no_header_by_its_own_domain(domain: str, press: Press) -> None:
    with pytest.raises((ValueError, HeaderParseError)):
        pressed(draft("prompt"), press, sign=replace(SIGN, reply_domain=domain))


def test_a_workspace_with_a_domain_of_other_letters_has_it_in_ascii_everywhere(press: Press) -> None:
    sign = replace(SIGN, reply_domain="antwort.exämple.test", mail_from="Zoë <zoë@exämple.test>")

    mail = press.mail(draft("prompt"), ROW, 3, 4, sign, NOW)

    assert mail.envelope_sender.endswith("@antwort.xn--exmple-cua.test")
    assert b"@antwort.xn--exmple-cua.test>" in mail.content
    assert b"<team-7.antwort.xn--exmple-cua.test>" in mail.content


def test_the_name_in_a_from_address_is_one_line(press: Press) -> None:
    mail = parsed(pressed(draft("prompt"), press, sign=replace(SIGN, mail_from='"A\r\nBcc: e@x.test" <a@x.test>')))

    assert "Bcc" not in mail
    assert len(mail.get_all("From", [])) == 1


def test_a_mail_that_answers_a_persons_says_so_and_stands_in_their_thread() -> None:
    press = Press()
    theirs = draft("order_done", answering="abc@mail.example.org", after=[(7, 1)])
    nameless = draft("order_done", answering="")
    forged = draft("order_done", answering="a@b>\r\nBcc: <x@y")

    first, second, third, plain = (parsed(pressed(d, press)) for d in (theirs, nameless, forged, draft("order_done")))

    assert first["Auto-Submitted"] == second["Auto-Submitted"] == third["Auto-Submitted"] == "auto-replied"
    assert plain["Auto-Submitted"] == "auto-generated"
    assert first["In-Reply-To"] == "<abc@mail.example.org>"
    assert str(first["References"]).split()[-1] == "<abc@mail.example.org>"
    assert len(str(first["References"]).split()) == 2
    assert second["In-Reply-To"] is None
    assert third["In-Reply-To"] is third["Bcc"] is None
