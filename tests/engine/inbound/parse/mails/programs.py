"""Quotations as each mail program sets them, in English where the program writes no other; {Q} is the old mail."""

from __future__ import annotations

QUOTED = "{Q>}"
"""Where the old mail stands with a mark before each line."""
OPEN = "{Q}"
"""Where it stands as it is."""

TEXT: dict[str, str] = {
    "yahoo": ("    On Tuesday, March 3, 2026 at 06:00:00 PM GMT+1, Ada Lovelace <ada@example.org> wrote:  \n \n {Q}"),
    "yahoo android": (
        "Sent from Yahoo Mail on Android \n \n  On Tue, Mar 3, 2026 at 18:00, Ada<ada@example.org> wrote:   {Q}"
    ),
    "aol": (
        "-----Original Message-----\nFrom: Ada Lovelace <ada@example.org>\nTo: Bo <bo@example.net>\n"
        "Sent: Tue, Mar 3, 2026 6:00 pm\nSubject: What did you do?\n\n{Q}"
    ),
    "yandex": '03.03.2026, 18:00, "Ada Lovelace" <ada@example.org>:\n{Q>}',
    "yandex new": (
        "----------------\nКому: bo@example.net;\nТема: Что сделано?;\n"
        '03.03.2026, 18:00, "Ada" <ada@example.org>:\n\n{Q}'
    ),
    "mail.ru": "Вторник, 3 марта 2026, 18:00 +03:00 от Ada Lovelace <ada@example.org>:\n\n{Q}",
    "notes": "Ada Lovelace <ada@example.org> wrote on 03/03/2026 06:00:00 PM:\n\n{Q>}",
    "notes block": (
        "From:\tAda Lovelace/Engines/Example\nTo:\tBo/Example@Example\nDate:\t03/03/2026 06:00 PM\n"
        "Subject:\tWhat did you do?\n\n{Q}"
    ),
    "notes wrote": (
        '-----"Ada Lovelace" <ada@example.org> wrote: -----\nTo: bo@example.net\nFrom: "Ada" <ada@example.org>\n'
        "Date: 03/03/2026 06:00PM\nSubject: What did you do?\n\n{Q}"
    ),
    "zimbra": (
        '----- Original Message -----\nFrom: "Ada Lovelace" <ada@example.org>\nTo: "Bo" <bo@example.net>\n'
        "Sent: Tuesday, March 3, 2026 6:00:00 PM\nSubject: What did you do?\n\n{Q}"
    ),
    "zimbra de": (
        'Von: "Ada Lovelace" <ada@example.org>\nAn: "Bo" <bo@example.net>\n'
        "Gesendet: Dienstag, 3. März 2026 18:00:00\nBetreff: Was ist fertig?\n\n{Q}"
    ),
    "roundcube": "On 2026-03-03 18:00, Ada Lovelace wrote:\n{Q>}",
    "roundcube de": "Am 2026-03-03 18:00, schrieb Ada Lovelace:\n{Q>}",
    "proton": "On Tuesday, March 3rd, 2026 at 6:00 PM, Ada Lovelace <ada@example.org> wrote:\n\n{Q>}",
    "proton old": (
        "Sent with ProtonMail Secure Email.\n\n‐‐‐‐‐‐‐ Original Message ‐‐‐‐‐‐‐\n"
        "On Tuesday, March 3, 2026 6:00 PM, Ada Lovelace <ada@example.org> wrote:\n\n{Q>}"
    ),
    "fastmail": "On Tue, 3 Mar 2026, at 6:00 PM, Ada Lovelace wrote:\n{Q>}",
    "hey": "On March 3, 2026, Ada Lovelace <ada@example.org> wrote:\n{Q>}",
    "samsung": (
        "-------- Original message --------\nFrom: Ada Lovelace <ada@example.org> \n"
        "Date: 3/3/26  6:00 PM  (GMT+01:00) \nTo: Bo <bo@example.net> \nSubject: What did you do? \n\n{Q}"
    ),
    "samsung de": (
        "-------- Ursprüngliche Nachricht --------\nVon: Ada Lovelace <ada@example.org> \n"
        "Datum: 03.03.26  18:00  (GMT+01:00) \nAn: Bo <bo@example.net> \nBetreff: Was? \n\n{Q}"
    ),
    "windows mail": (
        "Sent from Mail for Windows 10\n\nFrom: Ada Lovelace\nSent: Tuesday, March 3, 2026 6:00 PM\nTo: Bo\n"
        "Subject: What did you do?\n\n{Q}"
    ),
    "outlook mac": (
        "From: Ada Lovelace <ada@example.org>\nDate: Tuesday, March 3, 2026 at 6:00 PM\nTo: Bo <bo@example.net>\n"
        "Subject: What did you do?\n\n{Q}"
    ),
    "outlook mac old": 'On 3/3/26, 6:00 PM, "Ada Lovelace" <ada@example.org> wrote:\n\n    {Q}',
    "outlook web": (
        "________________________________\nFrom: Ada Lovelace <ada@example.org>\n"
        "Sent: Tuesday, March 3, 2026 6:00 PM\nTo: Bo <bo@example.net>\nSubject: What did you do?\n\n{Q}"
    ),
    "outlook prefixed": (
        "> -----Original Message-----\n> From: Ada Lovelace <ada@example.org>\n> Sent: Tuesday, 3 March 2026\n{Q>}"
    ),
    "outlook mailto": (
        "From: Ada Lovelace [mailto:ada@example.org] \nSent: Tuesday, March 03, 2026 6:00 PM\nTo: Bo; Jo\n"
        "Cc: Al\nSubject: RE: What did you do?\nImportance: High\n\n{Q}"
    ),
    "spark": "On 3 Mar 2026 at 18:00 +0100, Ada Lovelace <ada@example.org>, wrote:\n{Q>}",
    "airmail": "On March 3, 2026 at 6:00:00 PM, Ada Lovelace (ada@example.org) wrote:\n\n{Q}",
    "front": "On March 3, 2026, 6:00 PM GMT+1 ada@example.org wrote:\n\n{Q>}",
    "zoho": "---- On Tue, 03 Mar 2026 18:00:00 +0100 Ada Lovelace <ada@example.org> wrote ----\n\n{Q}",
    "zoho name": " ---- On Tue, 03 Mar 2026 18:00:00 +0100 Ada Lovelace wrote ---- \n{Q>}",
    "gmx": (
        'Gesendet: Dienstag, 03. März 2026 um 18:00 Uhr\nVon: "Ada Lovelace" <ada@example.org>\n'
        "An: bo@example.net\nBetreff: Was ist fertig?\n\n{Q}"
    ),
    "t-online": (
        "-----Original-Nachricht-----\nBetreff: Was?\nDatum: 2026-03-03T18:00:00+0100\n"
        'Von: "Ada" <ada@example.org>\nAn: "Bo" <bo@example.net>\n\n{Q}'
    ),
    "qq": (
        '------------------ Original ------------------\nFrom:  "Ada"<ada@example.org>;\n'
        'Date:  Tue, Mar 3, 2026 06:00 PM\nTo:  "Bo"<bo@example.net>;\n\nSubject:  What did you do?\n\n{Q}'
    ),
    "qq zh": (
        '------------------ 原始邮件 ------------------\n发件人: "Ada" <ada@example.org>;\n'
        '发送时间: 2026年3月3日(星期二) 晚上6:00\n收件人: "Bo"<bo@example.net>;\n\n主题: 做了什么\n\n{Q}'
    ),
    "163": 'At 2026-03-03 18:00:00, "Ada Lovelace" <ada@example.org> wrote:\n{Q>}',
    "163 bare": "At 2026-03-03 18:00:00, ada@example.org wrote:\n\n{Q}",
    "163 new": (
        "---- Replied Message ----\n| From | Ada<ada@example.org> |\n| Date | 03/03/2026 18:00 |\n"
        "| To | <bo@example.net> |\n| Subject | What did you do? |\n\n{Q}"
    ),
    "163 new zh": (
        "---- 回复的原邮件 ----\n| 发件人 | Ada<ada@example.org> |\n| 日期 | 2026年03月03日 18:00 |\n"
        "| 收件人 | bo@example.net |\n| 主题 | 做了什么 |\n{Q}"
    ),
    "foxmail": (
        "bo@example.net\n \nFrom: Ada Lovelace\nDate: 2026-03-03 18:00\nTo: bo@example.net\n"
        "Subject: What did you do?\n{Q}"
    ),
    "notes with arrows": (
        "[image: Inactive hide details for Ada]Ada---03/03/2026 06:00:00 PM---What did you do?\n\n"
        "From: Ada Lovelace/Engines/Example\nTo: Bo/Example@Example\nDate: 03/03/2026 06:00 PM\n"
        "Subject: What did you do?\n\n{Q}"
    ),
    "gmail tl": "Noong Mar 3, 2026 nang 6:00 PM, sinulat ni Ada Lovelace <ada@example.org> ang:\n{Q}",
    "gmail sw": "Mnamo Jum, 3 Mac 2026 saa 18:00, Ada Lovelace <ada@example.org> aliandika:\n\n{Q}",
    "gmail af": "Op Di. 3 Mrt. 2026 om 18:00 het Ada Lovelace <ada@example.org> geskryf:\n\n{Q}",
    "gmail ka": "სამ, 3 მარ. 2026, 18:00-ზე Ada Lovelace <ada@example.org>-მ დაწერა:\n\n{Q}",
    "gmail bn": "মঙ্গল, ৩ মার্চ, ২০২৬ তারিখে ৬:০০ PM টায় তারিখে Ada Lovelace <ada@example.org> লিখেছেন:\n\n{Q}",
    "naver": (
        '-----Original Message-----\nFrom: "Ada"<ada@example.org>\nTo: <bo@example.net>;\nCc:\n'
        "Sent: 2026-03-03 (화) 18:00:00 (GMT+09:00)\nSubject: What\n\n{Q}"
    ),
    "daum": (
        "--------- 원본 메일 ---------\n보낸사람 : Ada <ada@example.org>\n받는사람 : Bo <bo@example.net>\n"
        "날짜 : 2026년 3월 03일 화요일, 18시 00분 00초 +0900\n제목 : What\n\n{Q}"
    ),
    "superhuman": "On Tue, Mar 03, 2026 at 6:00 PM, Ada Lovelace < ada@example.org > wrote:\n\n{Q>}",
    "polymail": "On Tue, Mar 3, 2026 at 6:00 PM Ada Lovelace\n\n<\nmailto:Ada <ada@example.org>\n> wrote:\n\n{Q}",
    "mutt": "On Tue, Mar 03, 2026 at 06:00:00PM +0100, Ada Lovelace wrote:\n{Q>}",
    "gnus": "Ada Lovelace <ada@example.org> writes:\n\n{Q>}",
    "kmail": "On Tuesday, March 3, 2026 6:00:00 PM CET Ada Lovelace wrote:\n{Q>}",
    "pine": "On Tue, 3 Mar 2026, Ada Lovelace wrote:\n\n{Q>}",
    "groups": "On Tuesday, March 3, 2026 at 6:00:00 PM UTC+1 Ada Lovelace wrote:\n{Q>}",
    "em client": (
        '------ Original Message ------\nFrom: "Ada Lovelace" <ada@example.org>\nTo: "Bo" <bo@example.net>\n'
        "Sent: 3/3/2026 6:00:00 PM\nSubject: What did you do?\n\n{Q>}"
    ),
    "em client new": (
        '------ Original Message ------\nFrom "Ada Lovelace" <ada@example.org>\nTo "Bo" <bo@example.net>\n'
        "Date 3/3/2026 6:00:00 PM\nSubject What did you do?\n\n{Q}"
    ),
    "the bat": "Tuesday, March 3, 2026, 6:00:00 PM, you wrote:\n\n{Q>}",
    "groupwise": ">>> Ada Lovelace <ada@example.org> 3/3/2026 6:00 PM >>>\n{Q}",
    "blackberry": (
        "  Original Message  \nFrom: Ada Lovelace\nSent: Tuesday, March 3, 2026 6:00 PM\nTo: Bo\n"
        "Reply To: Ada\nSubject: What did you do?\n\n{Q}"
    ),
    "orange": (
        '> Message du 03/03/26 18:00\n> De : "Ada Lovelace" <ada@example.org>\n> A : bo@example.net\n'
        "> Copie à : \n> Objet : Quoi ?\n{Q>}"
    ),
    "libero": (
        "----Messaggio originale----\nDa: ada@example.org\nData: 03/03/2026 18.00\nA: <bo@example.net>\n"
        "Ogg: Cosa?\n\n{Q}"
    ),
    "open-xchange": "> Ada Lovelace <ada@example.org> hat am 03.03.2026 18:00 CET geschrieben:\n{Q>}",
    "open-xchange en": "> On 03/03/2026 6:00 PM CET Ada Lovelace <ada@example.org> wrote:\n>  \n{Q>}",
    "seznam": (
        "---------- Původní e-mail ----------\nOd: Ada Lovelace <ada@example.org>\nKomu: bo@example.net\n"
        "Datum: 3. 3. 2026 18:00:00\nPředmět: Co?\n\n{Q}"
    ),
    "o2.pl": "W dniu 2026-03-03 18:00:00 użytkownik Ada Lovelace <ada@example.org> napisał:\n{Q>}",
    "abv": (
        " >-------- Оригинално писмо --------\n >От: Ada <ada@example.org>\n >Относно: Какво?\n"
        " >До: bo@example.net\n >Изпратено на: 03.03.2026 18:00\n{Q>}"
    ),
    "tutanota": "Mar 3, 2026, 18:00 by ada@example.org:\n\n{Q>}",
    "mailspring": "On Mar 3 2026, at 6:00 pm, Ada Lovelace <ada@example.org> wrote:\n\n{Q>}",
    "mailbird": "On 3/3/2026 6:00:00 PM, Ada Lovelace <ada@example.org> wrote:\n\n{Q}",
    "nine": "From: Ada Lovelace\nSent: 3 Mar 2026 6:00 PM\nTo: Bo <bo@example.net>\nSubject: What\n\n{Q}",
    "gmail without date": "Ada Lovelace <ada@example.org> wrote:\n\n{Q>}",
    "bold labels": (
        "*From:* Ada Lovelace <ada@example.org>\n*Sent:* Tuesday, March 3, 2026 6:00 PM\n*To:* Bo\n"
        "*Subject:* What did you do?\n\n{Q}"
    ),
    "inner spaces": (
        "From: Ada Lovelace\n\nSent: Tuesday, March 3, 2026 6:00 PM\n\nTo: Bo <bo@example.net>\n\n"
        "Subject: What did you do?\n\n{Q}"
    ),
    "zendesk": "##- Please type your reply above this line -##\n\n{Q}",
    "help scout": "## Please reply above this line ##\n\n{Q}",
    "dashed marker": "--- Reply above this line ---\n{Q}",
    "jira": "—-—-—-—\nReply to this email to add a comment. Please write above this line.\n\n{Q}",
    "ticket de": "--- Bitte antworten Sie oberhalb dieser Zeile ---\n{Q}",
    "ruled marker": "-----------------------\nReply above this line to add a comment\n-----------------------\n{Q}",
    "horde fi": "Lainaus Ada Lovelace <ada@example.org>:\n\n{Q>}",
    "ticket fr": "## Merci de répondre au-dessus de cette ligne ##\n{Q}",
    "bare marks": "{Q>}",
    "nested marks": "On Tue, Mar 3, 2026 at 6:00 PM Ada <ada@example.org> wrote:\n> > older\n> >> oldest\n>\n{Q>}",
}
