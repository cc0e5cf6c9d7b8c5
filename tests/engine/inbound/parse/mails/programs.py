"""Quotations as each mail program sets them, in English where the program writes no other; {Q} is the old mail."""

from __future__ import annotations

QUOTED = "{Q>}"
"""Where the old mail stands with a mark before each line."""
OPEN = "{Q}"
"""Where it stands as it is."""

TEXT: dict[str, str] = {
    "yahoo": (
        "    On Tuesday, March 3, 2026 at 06:00:00 PM GMT+1, Ada Lovelace <ada@example.org> wrote:  \n \n {Q}"
    ),
    "yahoo android": "Sent from Yahoo Mail on Android \n \n  On Tue, Mar 3, 2026 at 18:00, Ada<ada@example.org> wrote:   {Q}",
    "aol": (
        "-----Original Message-----\nFrom: Ada Lovelace <ada@example.org>\nTo: Bo <bo@example.net>\n"
        "Sent: Tue, Mar 3, 2026 6:00 pm\nSubject: What did you do?\n\n{Q}"
    ),
    "yandex": '03.03.2026, 18:00, "Ada Lovelace" <ada@example.org>:\n{Q>}',
    "yandex new": (
        '----------------\nКому: bo@example.net;\nТема: Что сделано?;\n03.03.2026, 18:00, "Ada" <ada@example.org>:\n\n{Q}'
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
        "Gesendet: Dienstag, 03. März 2026 um 18:00 Uhr\nVon: \"Ada Lovelace\" <ada@example.org>\n"
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
        "> Message du 03/03/26 18:00\n> De : \"Ada Lovelace\" <ada@example.org>\n> A : bo@example.net\n"
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
    "ticket fr": "## Merci de répondre au-dessus de cette ligne ##\n{Q}",
    "bare marks": "{Q>}",
    "nested marks": "On Tue, Mar 3, 2026 at 6:00 PM Ada <ada@example.org> wrote:\n> > older\n> >> oldest\n>\n{Q>}",
}

MARKUP: dict[str, str] = {
    "gmail": (
        '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, Mar 3, 2026 at 6:00 PM Ada &lt;'
        '<a href="mailto:ada@example.org">ada@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" '
        'style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">{Q}</blockquote></div>'
    ),
    "gmail container": (
        '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">Am Di., 3. März 2026 um '
        "18:00 Uhr schrieb Ada &lt;ada@example.org&gt;:<br></div><blockquote>{Q}</blockquote></div>"
    ),
    "gmail without blockquote": '<div class="gmail_quote">On Tue, Mar 3, 2026 Ada wrote:<br><div>{Q}</div></div>',
    "gmail extra": (
        '<div class="gmail_extra"><br><div class="gmail_quote">2026-03-03 18:00 GMT+01:00 Ada <span dir="ltr">&lt;'
        "ada@example.org&gt;</span>:<br><blockquote>{Q}</blockquote></div><br></div>"
    ),
    "apple": (
        '<br><div><br><blockquote type="cite"><div>On 3 Mar 2026, at 18:00, Ada &lt;ada@example.org&gt; wrote:</div><br '
        'class="Apple-interchange-newline"><div>{Q}</div></blockquote></div><br>'
    ),
    "iphone": (
        '<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br>'
        '<blockquote type="cite">On Mar 3, 2026, at 6:00 PM, Ada &lt;ada@example.org&gt; wrote:<br><br></blockquote>'
        '</div><blockquote type="cite"><div dir="ltr">\ufeff{Q}</div></blockquote>'
    ),
    "outlook desktop": (
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal">'
        "<b>From:</b> Ada &lt;ada@example.org&gt; <br><b>Sent:</b> Tuesday, March 3, 2026 6:00 PM<br><b>To:</b> Bo<br>"
        "<b>Subject:</b> What?</p></div></div><p>{Q}</p>"
    ),
    "outlook 2007": (
        "<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p class=MsoNormal><b>Von:</b>"
        " Ada [mailto:ada@example.org] <br><b>Gesendet:</b> Dienstag, 3. März 2026 18:00<br><b>An:</b> Bo<br>"
        "<b>Betreff:</b> Was?</p></div><p>{Q}</p>"
    ),
    "outlook web": (
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" '
        'dir="ltr"><font><b>From:</b> Ada &lt;ada@example.org&gt;<br><b>Sent:</b> Tuesday, March 3, 2026 6:00:00 PM<br>'
        "<b>To:</b> Bo<br><b>Subject:</b> What?</font><div>&nbsp;</div></div><div>{Q}</div>"
    ),
    "outlook web prefixed": (
        '<div id="x_divRplyFwdMsg"><b>Von:</b> Ada<br><b>Gesendet:</b> gestern<br></div><div>{Q}</div>'
    ),
    "outlook mobile": (
        '<div id="ms-outlook-mobile-signature">Get <a href="https://aka.ms/o0ukef">Outlook for iOS</a></div>'
        '<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg"><b>From:</b> Ada<br></div>{Q}'
    ),
    "outlook mac 2011": (
        '<span id="OLK_SRC_BODY_SECTION"><div style="border-top: #b5c4df 1pt solid"><span>From: </span> Ada<br></div>'
        "<div>{Q}</div></span>"
    ),
    "outlook mac": (
        '<div style="border:none;border-top:solid #B5C4DF 1.0pt"><p><b>From: </b>Ada &lt;ada@example.org&gt;<br>'
        "<b>Date: </b>Tuesday, March 3, 2026 at 6:00 PM<br><b>To: </b>Bo<br><b>Subject: </b>What</p></div>{Q}"
    ),
    "outlook express": (
        '<blockquote style="border-left:#000 2px solid"><div>----- Original Message ----- </div><div><b>From:</b> '
        "Ada</div><div>{Q}</div></blockquote>"
    ),
    "hotmail": (
        '<div><hr id="stopSpelling">Date: Tue, 3 Mar 2026 18:00:00 +0100<br>Subject: What?<br>From: ada@example.org<br>'
        "To: bo@example.net<br><br>{Q}</div>"
    ),
    "thunderbird": (
        '<div class="moz-cite-prefix">On 3/3/26 18:00, Ada wrote:<br></div><blockquote type="cite" '
        'cite="mid:1@example.org">{Q}</blockquote>'
    ),
    "yahoo": (
        '<div id="yahoo_quoted_12" class="yahoo_quoted"><div>On Tuesday, March 3, 2026 at 06:00 PM, Ada &lt;'
        "ada@example.org&gt; wrote:</div><div>{Q}</div></div>"
    ),
    "yahoo ydp": (
        '<div id="ydp12yahoo_quoted_3" class="ydp12yahoo_quoted"><div>On Tuesday Ada wrote:</div><div>{Q}</div></div>'
    ),
    "aol": (
        '<div style="font-family:arial">-----Original Message-----<br>From: Ada &lt;ada@example.org&gt;<br>To: Bo<br>'
        "Sent: Tue, Mar 3, 2026 6:00 pm<br>Subject: What?<br><br><div>{Q}</div></div>"
    ),
    "yandex": '<div>03.03.2026, 18:00, "Ada" &lt;ada@example.org&gt;:</div><blockquote><p>{Q}</p></blockquote>',
    "mail.ru": (
        '<blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 10px;">Вторник, 3 марта 2026, 18:00 '
        "+03:00 от Ada &lt;ada@example.org&gt;:<br><div>{Q}</div></blockquote>"
    ),
    "zimbra": (
        '<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: </b>"Ada" &lt;ada@example.org'
        "&gt;<br><b>To: </b>Bo<br><b>Sent: </b>Tuesday, March 3, 2026 6:00:00 PM<br><b>Subject: </b>What?<br></div>"
        '<div data-marker="__QUOTED_TEXT__">{Q}</div>'
    ),
    "roundcube": (
        '<p id="reply-intro">On 2026-03-03 18:00, Ada wrote:</p><blockquote type="cite"><div id="replybody1">{Q}</div>'
        "</blockquote>"
    ),
    "proton": (
        '<div class="protonmail_quote">On Tuesday, March 3rd, 2026 at 6:00 PM, Ada &lt;ada@example.org&gt; wrote:<br>'
        '<blockquote class="protonmail_quote" type="cite">{Q}</blockquote></div>'
    ),
    "fastmail": (
        "<div>On Tue, 3 Mar 2026, at 6:00 PM, Ada wrote:<br></div><blockquote type=\"cite\" id=\"qt\">{Q}</blockquote>"
    ),
    "hey": "<br><br>On March 3, 2026, Ada &lt;ada@example.org&gt; wrote:<br><blockquote>{Q}</blockquote>",
    "samsung": (
        '<div id="composer_signature"><div>Sent from my Galaxy</div></div><div><br></div><div><!-- originalMessage -->'
        "<div>-------- Original message --------</div><div>From: Ada &lt;ada@example.org&gt; </div><div>Date: 3/3/26  6:00 "
        "PM  (GMT+01:00) </div><div>To: Bo </div><div>Subject: What? </div></div>{Q}"
    ),
    "windows mail": (
        '<p>Sent from <a href="https://go.example/">Mail</a> for Windows</p><div style="mso-element:para-border-div;'
        'border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From: </b>Ada<br><b>Sent: </b>Tuesday</p></div><p>{Q}</p>'
    ),
    "windows phone": (
        '<div dir="ltr"><hr><span>From: </span><span>Ada</span><br><span>Sent: </span><span>3/3/2026 6:00 PM</span><br>'
        "<span>To: </span>Bo<br><span>Subject: </span>What?<br><br></div>{Q}"
    ),
    "spark": (
        '<div name="messageReplySection">On 3 Mar 2026 at 18:00 +0100, Ada &lt;ada@example.org&gt;, wrote:<br>'
        '<blockquote type="cite" class="spark_quote">{Q}</blockquote></div>'
    ),
    "front": (
        '<blockquote type="cite" class="front-blockquote">On March 3, 2026, 6:00 PM GMT+1 ada@example.org wrote:<br><br>'
        "{Q}</blockquote>"
    ),
    "missive": (
        '<div class="missive_quote">On March 3, 2026 at 6:00 PM, Ada &lt;ada@example.org&gt; wrote:<br><blockquote '
        'class="missive_quote">{Q}</blockquote></div>'
    ),
    "zoho": (
        '<div class="zmail_extra"><div id="Zm-_Id_-Sgn1">---- On Tue, 03 Mar 2026 18:00:00 +0100 <b>Ada &lt;'
        "ada@example.org&gt;</b> wrote ----</div><blockquote>{Q}</blockquote></div>"
    ),
    "gmx": (
        '<div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid #C3D9E5;"><div><b>Gesendet:</b>&nbsp;'
        "Dienstag, 03. März 2026 um 18:00 Uhr<br/><b>Von:</b>&nbsp;Ada &lt;ada@example.org&gt;<br/><b>An:</b>&nbsp;Bo<br/>"
        '<b>Betreff:</b>&nbsp;Was?</div><div name="quoted-content">{Q}</div></div>'
    ),
    "qq": (
        '<div><includetail><div><br></div><div style="font:Verdana"><div>------------------&nbsp;Original&nbsp;'
        "------------------</div><div><b>From: </b>&nbsp;\"Ada\"&lt;ada@example.org&gt;;</div><div><b>Date: </b>&nbsp;Tue"
        "</div></div><div>{Q}</div></includetail></div>"
    ),
    "163": (
        '<p>At 2026-03-03 18:00:00, "Ada" &lt;ada@example.org&gt; wrote:</p><blockquote id="isReplyContent" '
        'style="PADDING-LEFT: 1ex; BORDER-LEFT: #ccc 1px solid">{Q}</blockquote>'
    ),
    "tutanota": '<div>Mar 3, 2026, 18:00 by ada@example.org:<br></div><blockquote class="tutanota_quote">{Q}</blockquote>',
    "open-xchange": (
        '<blockquote type="cite"><div>Ada &lt;ada@example.org&gt; hat am 03.03.2026 18:00 CET geschrieben:</div><div>{Q}'
        "</div></blockquote>"
    ),
    "orange": (
        '<blockquote>> Message du 03/03/26 18:00<br>> De : "Ada" &lt;ada@example.org&gt;<br>> A : bo@example.net<br>'
        "> Objet : Quoi ?<br>{Q>}</blockquote>"
    ),
    "notes": (
        '<tt><font>Ada &lt;ada@example.org&gt; wrote on 03/03/2026 06:00:00 PM:<br><br>{Q>}</font></tt>'
    ),
    "plain blockquote": "<p>On Tue, Mar 3, 2026 at 6:00 PM, Ada wrote:</p><blockquote><p>{Q}</p></blockquote>",
    "hr block": (
        "<div><hr><b>From: </b>ada@example.org<br><b>To: </b>bo@example.net<br><b>Sent: </b>Tuesday, March 3, 2026 6:00 "
        "PM<br><b>Subject: </b>What?<br><br><p>{Q}</p></div>"
    ),
}

PHONES = (
    "Sent from my iPad", "Sent from my Samsung Galaxy smartphone.", "Sent from my Galaxy",
    "Sent from my Verizon, Samsung Galaxy smartphone", "Sent from my T-Mobile 4G LTE Device", "Sent from my BlackBerry",
    "Sent from my BlackBerry 10 smartphone on the Rogers network.", "Sent from my mobile", "Sent from my mobile device",
    "Sent from my phone", "Sent from my cell phone", "Sent from my Windows Phone", "Sent from my Android device with K-9",
    "Sent from Outlook", "Sent from Outlook for iOS", "Sent from Outlook for Android<https://aka.ms/ghei36>",
    "Get Outlook for iOS<https://aka.ms/o0ukef>", "Get Outlook for Android", "Sent from Yahoo Mail for iPhone",
    "Sent from Yahoo Mail on Android", "Sent from Mail for Windows", "Sent from Mail for Windows 10",
    "Sent from Gmail Mobile", "Sent via the Samsung Galaxy S24", "Sent with Proton Mail secure email.",
    "Sent from Proton Mail Android", "Sent from ProtonMail mobile", "Sent from Mailspring", "Sent via Superhuman iOS",
    "Sent with Spark", "Sent from my Huawei phone", "Sent from TypeApp", "Sent from BlueMail for Android",
    "Sent from myMail for iOS", "Sent from AOL Mobile Mail", "Sent from Fairemail", "Sent from my Pixel",
    "Sent from my Xiaomi", "Sent from Nine", "Sent from Front", "Sent from Missive", "Sent from Mailbird",
    "Sent from Polymail", "Sent from Airmail", "Sent from a mobile device, please excuse typos",
    "Please excuse brevity, sent from my phone", "Sent on the go", "Sent from Zoho Mail",
    "Von meinem Samsung Galaxy Smartphone gesendet.", "Gesendet mit der GMX Mail App", "Gesendet von Outlook für iOS",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.", "Gesendet von Mail für Windows",
    "Von meinem iPad gesendet", "Gesendet von meinem Handy", "Holen Sie sich Outlook für Android",
    "Outlook für iOS beziehen", "Envoyé depuis mon mobile", "Envoyé à partir de Outlook pour iOS",
    "Envoyé depuis l'application Mail Orange", "Télécharger Outlook pour Android", "Obtenez Outlook pour iOS",
    "Envoyé de mon smartphone Samsung Galaxy.", "Envoyé depuis Yahoo Mail pour Android", "Obtener Outlook para Android",
    "Enviado desde mi Samsung Mobile", "Enviado desde Outlook", "Enviado desde mi dispositivo móvil",
    "Obter o Outlook para iOS", "Enviado do Outlook para Android", "Enviado do meu smartphone Samsung Galaxy.",
    "Inviato dal mio dispositivo Samsung", "Ottieni Outlook per iOS", "Scarica Outlook per Android",
    "Inviato da Posta per Windows", "Verzonden met Outlook voor Android", "Verstuurd vanaf mijn iPad",
    "Outlook voor iOS downloaden", "Download Outlook voor iOS", "Skickat från Outlook för Android",
    "Hämta Outlook för iOS", "Skickades från min Samsung Galaxy", "Sendt fra Outlook for Android", "Hent Outlook til iOS",
    "Sendt fra min Samsung Galaxy", "Lähetetty Outlookista Androidille", "Wysłane z telefonu Samsung",
    "Pobierz Outlook dla systemu iOS", "Wysłano z aplikacji Outlook", "Odesláno z mobilního telefonu",
    "Získejte Outlook pro Android", "Отправлено с устройства Samsung", "Отправлено из мобильной Яндекс Почты",
    "Отправлено из Почты Mail.ru", "Получите Outlook для iOS", "Надіслано з мого телефону", "Outlook for Android を入手",
    "Android 版 Outlook を入手する", "获取 Outlook for iOS", "取得 iOS 版 Outlook", "发自我的iPhone", "發自我的 iPhone",
    "来自我的华为手机", "Outlook for Android 다운로드", "iOS용 Outlook 다운로드", "삼성 갤럭시 스마트폰에서 보냈습니다.",
    "Android için Outlook'u edinin", "Samsung cihazımdan gönderildi", "Outlook für Android<https://aka.ms/AAb9ysg> herunterladen",
    "Sent from Yahoo Mail. Get the app", "Yahoo Mail: Search, Organize, Conquer",
    "Sent using Zoho Mail", "Отправлено из myMail для Android", "Trimis de pe telefonul meu Samsung",
)  # fmt: skip
