"""Quotations in HTML as mail programs set them; {Q} is the old mail, {Q>} the same with a mark before each line."""

from __future__ import annotations

MARKUP: dict[str, str] = {
    "gmail": (
        '<div class="gmail_quote"><div dir="ltr" class="gmail_attr">On Tue, Mar 3, 2026 at 6:00 PM Ada &lt;'
        '<a href="mailto:ada@example.org">ada@example.org</a>&gt; wrote:<br></div><blockquote class="gmail_quote" '
        'style="margin:0px 0px 0px 0.8ex;border-left:1px solid '
        'rgb(204,204,204);padding-left:1ex">{Q}</blockquote></div>'
    ),
    "gmail container": (
        '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">Am '
        "Di., 3. März 2026 um "
        "18:00 Uhr schrieb Ada &lt;ada@example.org&gt;:<br></div><blockquote>{Q}</blockquote></div>"
    ),
    "gmail without blockquote": '<div class="gmail_quote">On Tue, Mar 3, 2026 Ada wrote:<br><div>{Q}</div></div>',
    "gmail extra": (
        '<div class="gmail_extra"><br><div class="gmail_quote">2026-03-03 18:00 GMT+01:00 Ada <span dir="ltr">&lt;'
        "ada@example.org&gt;</span>:<br><blockquote>{Q}</blockquote></div><br></div>"
    ),
    "apple": (
        '<br><div><br><blockquote type="cite"><div>On 3 Mar 2026, at 18:00, Ada '
        "&lt;ada@example.org&gt; wrote:</div><br "
        'class="Apple-interchange-newline"><div>{Q}</div></blockquote></div><br>'
    ),
    "iphone": (
        '<br id="lineBreakAtBeginningOfSignature"><div dir="ltr">Sent from my iPhone</div><div dir="ltr"><br>'
        '<blockquote type="cite">On Mar 3, 2026, at 6:00 PM, Ada &lt;ada@example.org&gt; wrote:<br><br></blockquote>'
        '</div><blockquote type="cite"><div dir="ltr">\ufeff{Q}</div></blockquote>'
    ),
    "outlook desktop": (
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in"><p class="MsoNormal">'
        "<b>From:</b> Ada &lt;ada@example.org&gt; <br><b>Sent:</b> Tuesday, March 3, 2026 6:00 "
        "PM<br><b>To:</b> Bo<br>"
        "<b>Subject:</b> What?</p></div></div><p>{Q}</p>"
    ),
    "outlook 2007": (
        "<div style='border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm'><p "
        "class=MsoNormal><b>Von:</b>"
        " Ada [mailto:ada@example.org] <br><b>Gesendet:</b> Dienstag, 3. März 2026 18:00<br><b>An:</b> Bo<br>"
        "<b>Betreff:</b> Was?</p></div><p>{Q}</p>"
    ),
    "outlook web": (
        '<div id="appendonsend"></div><hr style="display:inline-block;width:98%" '
        'tabindex="-1"><div id="divRplyFwdMsg" '
        'dir="ltr"><font><b>From:</b> Ada &lt;ada@example.org&gt;<br><b>Sent:</b> Tuesday, March '
        "3, 2026 6:00:00 PM<br>"
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
        '<div><hr id="stopSpelling">Date: Tue, 3 Mar 2026 18:00:00 +0100<br>Subject: '
        "What?<br>From: ada@example.org<br>"
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
        '<blockquote style="border-left:1px solid #0857A6;margin:10px;padding:0 0 0 '
        '10px;">Вторник, 3 марта 2026, 18:00 '
        "+03:00 от Ada &lt;ada@example.org&gt;:<br><div>{Q}</div></blockquote>"
    ),
    "zimbra": (
        '<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>From: '
        '</b>"Ada" &lt;ada@example.org'
        "&gt;<br><b>To: </b>Bo<br><b>Sent: </b>Tuesday, March 3, 2026 6:00:00 PM<br><b>Subject: </b>What?<br></div>"
        '<div data-marker="__QUOTED_TEXT__">{Q}</div>'
    ),
    "roundcube": (
        '<p id="reply-intro">On 2026-03-03 18:00, Ada wrote:</p><blockquote type="cite"><div '
        'id="replybody1">{Q}</div>'
        "</blockquote>"
    ),
    "proton": (
        '<div class="protonmail_quote">On Tuesday, March 3rd, 2026 at 6:00 PM, Ada &lt;ada@example.org&gt; wrote:<br>'
        '<blockquote class="protonmail_quote" type="cite">{Q}</blockquote></div>'
    ),
    "fastmail": (
        '<div>On Tue, 3 Mar 2026, at 6:00 PM, Ada wrote:<br></div><blockquote type="cite" id="qt">{Q}</blockquote>'
    ),
    "hey": "<br><br>On March 3, 2026, Ada &lt;ada@example.org&gt; wrote:<br><blockquote>{Q}</blockquote>",
    "samsung": (
        '<div id="composer_signature"><div>Sent from my Galaxy</div></div><div><br></div><div><!-- '
        "originalMessage -->"
        "<div>-------- Original message --------</div><div>From: Ada &lt;ada@example.org&gt; "
        "</div><div>Date: 3/3/26  6:00 "
        "PM  (GMT+01:00) </div><div>To: Bo </div><div>Subject: What? </div></div>{Q}"
    ),
    "windows mail": (
        '<p>Sent from <a href="https://go.example/">Mail</a> for Windows</p><div style="mso-element:para-border-div;'
        'border:none;border-top:solid #E1E1E1 1.0pt"><p><b>From: </b>Ada<br><b>Sent: </b>Tuesday</p></div><p>{Q}</p>'
    ),
    "windows phone": (
        '<div dir="ltr"><hr><span>From: </span><span>Ada</span><br><span>Sent: '
        "</span><span>3/3/2026 6:00 PM</span><br>"
        "<span>To: </span>Bo<br><span>Subject: </span>What?<br><br></div>{Q}"
    ),
    "spark": (
        '<div name="messageReplySection">On 3 Mar 2026 at 18:00 +0100, Ada &lt;ada@example.org&gt;, wrote:<br>'
        '<blockquote type="cite" class="spark_quote">{Q}</blockquote></div>'
    ),
    "front": (
        '<blockquote type="cite" class="front-blockquote">On March 3, 2026, 6:00 PM GMT+1 '
        "ada@example.org wrote:<br><br>"
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
        '<div name="quote" style="margin:10px 5px 5px 10px; border-left:2px solid '
        '#C3D9E5;"><div><b>Gesendet:</b>&nbsp;'
        "Dienstag, 03. März 2026 um 18:00 Uhr<br/><b>Von:</b>&nbsp;Ada "
        "&lt;ada@example.org&gt;<br/><b>An:</b>&nbsp;Bo<br/>"
        '<b>Betreff:</b>&nbsp;Was?</div><div name="quoted-content">{Q}</div></div>'
    ),
    "qq": (
        '<div><includetail><div><br></div><div style="font:Verdana"><div>------------------&nbsp;Original&nbsp;'
        "------------------</div><div><b>From: "
        '</b>&nbsp;"Ada"&lt;ada@example.org&gt;;</div><div><b>Date: </b>&nbsp;Tue'
        "</div></div><div>{Q}</div></includetail></div>"
    ),
    "163": (
        '<p>At 2026-03-03 18:00:00, "Ada" &lt;ada@example.org&gt; wrote:</p><blockquote id="isReplyContent" '
        'style="PADDING-LEFT: 1ex; BORDER-LEFT: #ccc 1px solid">{Q}</blockquote>'
    ),
    "tutanota": (
        '<div>Mar 3, 2026, 18:00 by ada@example.org:<br></div><blockquote class="tutanota_quote">{Q}</blockquote>'
    ),
    "open-xchange": (
        '<blockquote type="cite"><div>Ada &lt;ada@example.org&gt; hat am 03.03.2026 18:00 CET '
        "geschrieben:</div><div>{Q}"
        "</div></blockquote>"
    ),
    "orange": (
        '<blockquote>> Message du 03/03/26 18:00<br>> De : "Ada" &lt;ada@example.org&gt;<br>> A : bo@example.net<br>'
        "> Objet : Quoi ?<br>{Q>}</blockquote>"
    ),
    "notes": ("<tt><font>Ada &lt;ada@example.org&gt; wrote on 03/03/2026 06:00:00 PM:<br><br>{Q>}</font></tt>"),
    "plain blockquote": "<p>On Tue, Mar 3, 2026 at 6:00 PM, Ada wrote:</p><blockquote><p>{Q}</p></blockquote>",
    "hr block": (
        "<div><hr><b>From: </b>ada@example.org<br><b>To: </b>bo@example.net<br><b>Sent: "
        "</b>Tuesday, March 3, 2026 6:00 "
        "PM<br><b>Subject: </b>What?<br><br><p>{Q}</p></div>"
    ),
}
