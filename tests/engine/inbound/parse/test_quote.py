"""What a person wrote and what is quoted, in the ways of many programs and languages."""

from __future__ import annotations

import pytest

from engine.inbound.parse import parse

HEAD = b"From: Ada <ada@example.org>\nSubject: Re: What did you do?\nIn-Reply-To: <p1@example.net>\n"
PLAIN = HEAD + b"Content-Type: text/plain; charset=utf-8\n\n"
MARKUP = HEAD + b"Content-Type: text/html; charset=utf-8\n\n"

INTROS = [
    "On Tue, 3 Mar 2026 at 18:00, Sixpm <p@in.example.net> wrote:",
    "On Tue, 3 Mar 2026 at 18:00, Sixpm <\naverylongaddressthatwraps@in.example.net>\nwrote:",
    "Am Di., 3. März 2026 um 18:00 Uhr schrieb Sixpm <p@in.example.net>:",
    "Sixpm <p@in.example.net> schrieb am Di., 3. März\n2026 um 18:00:",
    "Le mar. 3 mars 2026 à 18:00, Sixpm <p@in.example.net> a\nécrit :",
    "El mar, 3 mar 2026 a las 18:00, Sixpm (<p@in.example.net>) escribió:",
    "Em ter., 3 de mar. de 2026 às 18:00, Sixpm <p@in.example.net> escreveu:",
    "Il giorno mar 3 mar 2026 alle ore 18:00 Sixpm <p@in.example.net> ha scritto:",
    "Op di 3 mrt 2026 om 18:00 schreef Sixpm <p@in.example.net>:",
    "Den tir. 3. mar. 2026 kl. 18.00 skrev Sixpm <p@in.example.net>:",
    "ti 3. maalisk. 2026 klo 18.00 Sixpm (p@in.example.net) kirjoitti:",
    "wt., 3 mar 2026 o 18:00 Sixpm <p@in.example.net> napisał(a):",
    "út 3. 3. 2026 v 18:00 odesílatel Sixpm <p@in.example.net> napsal:",
    "вт, 3 мар. 2026 г. в 18:00, Sixpm <p@in.example.net>:",
    "03.03.2026 18:00, Sixpm пишет:",
    "2026年3月3日(火) 18:00 Sixpm <p@in.example.net>:",
    "在 2026年3月3日，下午6:00，Sixpm <p@in.example.net> 写道：",
    "2026년 3월 3일 (화) 오후 6:00, Sixpm <p@in.example.net>님이 작성:",
    "3 Mar 2026 Sal, 18:00 tarihinde Sixpm <p@in.example.net> şunu yazdı:",
    "Vào 18:00, Th 3, 3 thg 3, 2026 Sixpm <p@in.example.net> đã viết:",
]
BLOCKS = [
    "From: Sixpm <p@in.example.net>\nSent: Tuesday, March 3, 2026 6:00 PM\nTo: Ada\nSubject: What did you do?",
    (
        "________________________________\nVon: Sixpm <p@in.example.net>\n"
        "Gesendet: Dienstag, 3. März 2026 18:00\nAn: Ada\nBetreff: Was?"
    ),
    "*De :* Sixpm <p@in.example.net>\n*Envoyé :* mardi 3 mars 2026 18:00\n*À :* Ada\n*Objet :* Quoi ?",
    "-----Original Message-----\nFrom: Sixpm\nSent: Today\nSubject: What?",
    "发件人: Sixpm <p@in.example.net>\n发送时间: 2026年3月3日 18:00\n收件人: Ada\n主题: What",
]


def reply(body: str, head: bytes = PLAIN) -> str:
    return parse(head + body.encode()).reply_text.strip()


@pytest.mark.parametrize("intro", INTROS)
@pytest.mark.parametrize("quote", ["> What did you do?\n> Tell us.", "\nWhat did you do?"], ids=["marked", "unmarked"])
def test_an_intro_line_ends_the_reply(intro: str, quote: str) -> None:
    assert reply(f"Wrote the parser\n\n{intro}\n{quote}\n") == "Wrote the parser"


@pytest.mark.parametrize("block", BLOCKS)
def test_a_header_block_ends_the_reply(block: str) -> None:
    assert reply(f"Wrote the parser\n\n{block}\n\nWhat did you do?\n") == "Wrote the parser"


def test_what_was_cut_stands_beside_what_was_kept() -> None:
    mail = parse(PLAIN + f"Wrote the parser\n\n{INTROS[0]}\n> What did you do?\n".encode())

    assert "> What did you do?" in mail.cut_text
    assert "What did you do?" not in mail.reply_text
    assert 0.8 < mail.confidence <= 1.0


def test_a_bottom_posted_answer_is_the_reply() -> None:
    assert reply(f"{INTROS[0]}\n> What did you do?\n\nWrote the parser\n") == "Wrote the parser"


def test_inline_answers_keep_the_questions_they_answer() -> None:
    body = f"{INTROS[0]}\n> What did you do?\n\nparser\n\n> What next?\n\ntests\n\n> Thanks\n"

    kept = reply(body)

    assert "> What next?" in kept
    assert kept.endswith("tests")
    assert "parser" in kept


@pytest.mark.parametrize(
    "text",
    [
        "On Thursday I wrote the tests:\n- one\n- two",
        "Date: Monday\nTime: 10 am\nAddress: Main Street 5",
        "Sent from my desk, which is much nicer than the phone.",
        "Points:\n-- first\n-- second",
        "As I wrote on 12.03.2026 to bo@example.org:\nall is well",
        "From: London\nTo: Paris\nby train",
        "Thanks",
        "👍",
        "regards to the payment: done",
    ],
)
def test_own_words_that_look_like_quotes_or_signatures_stay(text: str) -> None:
    assert reply(text + "\n") == text


@pytest.mark.parametrize(
    "tail",
    [
        "-- \nAda Lovelace\nAnalyst",
        "--\nAda",
        "Sent from my iPhone",
        "Envoyé depuis mon iPhone",
        "Gesendet von Outlook für Android<https://aka.ms/x>",
        "Get Outlook for iOS<https://aka.ms/x>",
        "Best regards,\nAda",
        "Thanks,\nAda",
        "Mit freundlichen Grüßen\nAda Lovelace",
        "_______________________________________________\nteam mailing list\nteam@example.org",
    ],
)
def test_signatures_at_the_end_are_cut(tail: str) -> None:
    assert reply(f"Wrote the parser\n\n{tail}\n") == "Wrote the parser"


@pytest.mark.parametrize(
    "tail",
    [
        "VG Ada",
        "Regards Ada",
        "Cheers Ada",
        "よろしくお願いいたします。\nAda",
        "مع تحياتي،\nAda",
        "Danke und Gruß\nAda",
        "<https://www.avast.example/sig?x=1> Virus-free.www.avast.example\n<#DAB4FAD8-2DD7-40BB-A1B8-4E2AA1F9FDF2>",
        "L'absence de virus dans ce courrier électronique a été vérifiée par le logiciel Avast.\nwww.avast.example",
        "[image: photo]\nAda Lovelace\nEngineer, Example",
        "[https://img.example.org/logo.png]\nAda Lovelace\nEngineer, Example",
        "Ada Lovelace | Engineer | +1 555 010 2030",
        "Kind regards | Met vriendelijke groet | Cordialement\nAda Lovelace",
    ],
)
def test_farther_signatures_at_the_end_are_cut(tail: str) -> None:
    assert reply(f"Wrote the parser\n\n{tail}\n") == "Wrote the parser"


def test_a_picture_that_no_name_follows_stays() -> None:
    assert reply("Wrote the parser\n\n[image: result]\n").endswith("[image: result]")


@pytest.mark.parametrize(
    "head",
    [
        "-------- Original Message --------\nOn 3/3/26 6:00 PM, S <p@e.net> wrote:\n",
        "-----Original Message-----\nFrom: S <p@e.net>\nSent: Tuesday, 3 March 2026\nTo: Ada\nSubject: x\n\n",
        "From: S <p@e.net>\nSent: Tuesday, 3 March 2026\nTo: Ada\nSubject: x\n\n",
    ],
)
def test_an_answer_below_a_marked_mail_with_its_header_stays(head: str) -> None:
    assert reply(f"{head}> Q one\n>\n> Q two\n\nWrote the parser\n\n-- \nAda\n") == "Wrote the parser"
    assert reply(f"Wrote the parser\n\n{head}> Q one\n>\n> Q two\n\nof S\n") == "Wrote the parser"
    assert reply(f"{head}> Q one\nof S\n> Q two\n\nof S\n") == ""


def test_thanks_with_another_name_stays() -> None:
    assert reply("Wrote the parser\n\nThanks,\nthe night shift\n").endswith("the night shift")


@pytest.mark.parametrize(
    "quote",
    [
        (
            '<div class="gmail_quote"><div>On Tue, 3 Mar 2026 at 18:00, S &lt;p@e.net&gt; wrote:</div>'
            "<blockquote>Q</blockquote></div>"
        ),
        '<div class="gmail_quote">On Tue S wrote:<div>Q</div></div>',
        (
            '<div id="appendonsend"></div><hr><div>From: S &lt;p@e.net&gt;<br>Sent: Tuesday 3 March 2026<br>'
            "To: Ada<br></div>Q"
        ),
        '<div style="border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From:</b> S</p></div><p>Q</p>',
        '<blockquote type="cite"><div>On 3 Mar 2026, S &lt;p@e.net&gt; wrote:</div><div>Q</div></blockquote>',
        '03.03.2026, 18:00, "S" &lt;p@e.net&gt;:<blockquote>Q</blockquote>',
    ],
)
def test_html_quotes_of_the_common_programs_are_cut(quote: str) -> None:
    mail = parse(MARKUP + f"<html><body><div>Wrote <b>it</b></div>{quote}</body></html>".encode())

    assert mail.reply_text.strip() == "Wrote it"
    assert mail.html_only


def test_an_indented_block_of_the_writer_is_no_quote() -> None:
    body = '<div>Plan:</div><blockquote style="margin:0 0 0 40px;border:none;padding:0">ship it</blockquote>'

    assert reply(body, MARKUP).split() == ["Plan:", "ship", "it"]


def test_html_lists_become_lines_with_marks() -> None:
    assert reply("<ul><li>one<li>two</ul><ol><li>three</li><li>four</li></ol>", MARKUP).split("\n") == [
        "- one",
        "- two",
        "",
        "1. three",
        "2. four",
    ]


def test_what_html_hides_is_not_read() -> None:
    assert reply('<style>p{}</style><div style="display:none">preview</div><p>real</p>', MARKUP) == "real"
