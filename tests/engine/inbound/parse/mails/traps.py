r"""Replies that look like quotations, signatures or lines of phones, and are somebody's words; \n parts lines."""

from __future__ import annotations

TRAPS = r"""
The log says:\n> no such file\n> retry
Ran this:\n> npm test
Sent by phone the offer to Bo
Fixed login\nSent via mail the contract to legal
Fixed login\nSent the mail to all phone users
Fixed login\nMobile app crash fixed
Fixed login\nGet phone numbers from sales
Fixed login\nGet the app on the iPhone working
Fixed login\n\nGet Outlook rules documented
Fixed login\n\nMobile: two bugs left
Fixed login\nAngebot per Mail gesendet
Fixed login\nAngebot an Bo gesendet
Enviado por email o contrato\nEnviado por mail a proposta
Fixed login\n\nSent with Bo the offer by mail
Fixed login\nSent on Tuesday the mobile build to QA
Fixed login\nSent from marketing: two drafts
Fixed login\nDownload page for Outlook add-in on Mac and Windows is live
Fixed login\nDone
Fixed login\nTests
Fixed login\n\nMore tomorrow
Fixed login\n\nBest result so far
Fixed login\n\nBest,
Fixed login\n\nRegards form: fixed
Fixed login\nCheers for the help yesterday, Jo
Love the new build\nLove, peace and tests
Thanks for the fix, Jo
Fixed login\n\nThanks Jo
Fixed login\n\nThank you\nJo and Al did most of it
Waiting for Jo\n\n- login\n- logout
-- first point\n-- second point
Points:\n\n--\nfirst\n--\nsecond
Fixed login\n---\nBlocked: nothing
Yesterday\n------\nparser\n\nToday\n-----\ntests
# Done\n- a\n\n# Next\n- b
Ran this:\n> npm test\nand it works
Ran this:\n\n> npm test\n\nand it works
1. parser\n2. tests\n3. docs
On Monday, 3 March 2026, I wrote to Jo <jo@example.org>:\nall is well.
On Monday I wrote: parser. On Tuesday Jo wrote: tests.
On 3 March 2026 Jo wrote the tests.
On 3 March 2026 at 18:00 we wrote: nothing
Am 3. März 2026 schrieb ich den Parser und Jo die Tests:\n- eins\n- zwei
Am Montag schrieb Jo:\nalles gut
Le 3 mars 2026 j'ai écrit :\n- un\n- deux
El lunes escribió Jo: todo bien
Date: Monday\nTime: 10 am\nPlace: Main Street
When: Monday\nFrom: 10:00\nTo: 11:00\nSubject: planning
From: 10:00\nTo: 11:00
From: Berlin\nTo: Paris\nDate: 3.3.2026
Von: Berlin\nNach: Paris\nDatum: 3.3.2026
To: do\nDate: tomorrow
Subject: the new one is better
An: nobody yet
De: nuevo el parser\nA: mañana
Meeting on 3.3.2026 at 18:00 with Jo <jo@example.org>:\n- plan\n- budget
Call with jo@example.org on 3.3.2026 18:00:\nwe agreed
03.03.2026 18:00: deployed\n04.03.2026 09:00: rolled back
2026-03-03: parser\n2026-03-04: tests
Mon 3 Mar 10:00:\nstandup\nTue 4 Mar 10:00:\nplanning
Original message was lost, asked again
Read the original message\n\nand answered it
Forwarded message to Jo
--- done ---\nparser\n--- next ---\ntests
==== Summary ====\nAll good
___\nparser
Please reply above this line of code in review
Jo wrote:\nthe docs
Jo wrote the docs:\n- a\n- b
As Jo said:\n> ship it\n\nso I shipped it.
This message is confidential until Friday, tell only the intended recipient list.
Fixed the confidential flag\n\nThe text says: confidential, for the intended recipient only. So it waits.
Fixed login\n\n+49 30 1234567 is the new support number
Fixed login\n\nCall me: 030 1234567
Fixed login\n\nhttps://example.org/pr/12
Fixed login\n\n-Jo is on leave
- parser\n- Jo
Paired with:\n- Jo\n- Al
Talked to\nJo\nAl
Reviewed by\n\nJo Miller
Bo
Bo Miller
Fixed login\n\nBo fixed the rest
Waiting on Bo\nMiller account closed
Unsubscribe link fixed\n---\nto unsubscribe now works
Fixed the list footer\n_____\nmailing list signup works
Notes\n\nTe: nothing
👍
✅ parser\n❌ tests
| a | b |\n| 1 | 2 |
| parser\n| tests
OK.\n\nBR is the region code
Deployed to BR\n\nKR next
VG\n\nLG TV driver done
Mit freundlichen Grüßen-Vorlage fertig
Tak for hjælpen
Logs:\n2026-03-03 18:00:01 ERROR ada@example.org failed:\n2026-03-03 18:00:02 retry
commit by Ada <ada@example.org>\nDate: Tue Mar 3 18:00:00 2026\n\n    fix parser
Contact\nAda Lovelace\n<ada@example.org>\nfor the keys
W dniu 3.03.2026 napisałem testy:\n- a
3.03.2026 tarihinde testleri yazdım:\n- a
昨日は18:00に書きました。\n明日も書きます。
在 2026年3月3日 我写了测试：\n都通过了
2026년 3월 3일 작성:\n테스트
В 18:00 написал тесты:\n- раз
Вчера написал Ивану письмо: жду ответа
Отправлено письмо с телефона клиенту
Sent from staging to prod: 3 builds
Sent via Outlook: 30 invites
Sent with Mailchimp the newsletter
iPhone build is green
iPad layout fixed
Fixed login\niPhone build is green
Fixed login\n\niPad layout
Fixed login\n\nAz iPhone app kész
Fixed login\n\nApp uploaded to Android and iPhone stores
Fixed login\n\nNext: get Outlook for Windows plugin signed
从我的手机测试\n一切正常
Done\n\n从测试环境发送
Fixed login\n\nLähetetty tarjous\nLähetetty lasku
Fixed login\n\nWysłane z biura faktury
Fixed login\n\nEnviado de la oferta al cliente por teléfono
Fixed login\n\nGesendet von Jo: das Angebot per Mail
Fixed login\n\nVon meinem Handy aus getestet
Fixed login\n\nFrom my other address
Fixed login\n\nFrom my side the phone app is done
Fixed login\n\nFrom my phone notes: three bugs
Fixed login\n\nSent from QA: phone tests passed
From my iPhone I could not log in
From my iPhone the build works
From my Android phone the app crashes
Sent from my phone by mistake, sorry
Sent from my iPhone by mistake, ignore the last one
Fixed login\n\nFrom my phone I can't see it
Fixed login\n\nPlease don't print this page yet
Fixed login\n\nSave a tree diagram
Fixed login\n\nScanned by Jo: 30 pages
Fixed login\n\nVirus-free again
Login fertig\n\nBitte prüfen Sie die Tests
Login fertig\n\nDenken Sie an die Umwelt-Variablen
Fixed login\n--\nBlocked: none
Fixed login\n\n--\nTomorrow: tests
Thanks for the mail
Out of the office on Monday
Am Montag, 3. März schrieb Jo:\ndie Tests
Le lundi, Jo a écrit :\nles tests
Listo\n\nEnviado por correo
Fatto\n\nInviato da casa
Feito\n\nObrigada ao Jo
Klaar\n\nVerzonden met de post
Gotowe\n\nWysłano ofertę mailem
Готово\n\nОтправлено почтой
完了\n\n会社から送信しました
完成\n\n发自内心的感谢
Inviato dal server il report mail
Report pronto\n\nInviato dal server il report mail
On 6 March at 10:00 Jo wrote:\nall of it
Yesterday:\nOn 6 March at 10:00 Jo wrote:\nall of it
On March 6 at 10:00 Jo wrote:\nall of it
At 10:00 Jo wrote:\nall of it
On 6 March 2026 at 10:00 Jo Miller wrote:\n- all of it
Am 6. März um 10:00 schrieb Jo:\nalles
Le 6 mars à 10:00 Jo a écrit :\ntout
El 6 de marzo a las 10:00 Jo escribió:\ntodo
Jo wrote on 6 March 2026 at 10:00:\nall of it
In the doc Jo wrote on 3/3/2026:\nall of it
Log at 2026-03-03 18:00 wrote:\nerror
From my phone
Fixed login\nSent from my desk, is much easier
日志从手机发送\n已修复
完成\n\n从手机发送了日志
Fertig\n\nVom Handy aus wurde die Rechnung versendet
Fixed login\n\nSent through the phone gateway 30 SMS
Fixed login\n\nSent from the new mailbox without errors
Gotowe\n\nWysłano z serwera raport na telefon
Hotovo\n\nOdesláno z serveru na mobil
Klar\n\nSendt fra serveren til mobil
Fini\n\nEnvoyé depuis le serveur le rapport par mail
完了\n\nスマホから送信のテストをしました
Get Outlook for iOS working
-------- Original design --------\nkept
> 90 % of the tests pass
> 5 bugs left
>= 3.11 is needed\nupgrade done
Interviewed:\n\nJo Miller\nSenior Engineer
Fixed login\n\nBest Jo can do
Fixed login\n\nGreetings page done
Contact is jo@example.org\n\njo@example.org
The marker "Reply above this line" works
Hired:\n\nJo Miller | Engineer | +1 555 010 2030
Fixed login\n\nBest | worst cases tested
Done\n\nTake care of the server tomorrow
Done\n\nHave a good one to show: the demo
Done\n\n此致页面完成
谢谢大家\n明天继续
감사합니다 페이지 완료\n내일 테스트
LG Bo-Test fertig
Jo (jo@example.org) wrote on Friday that\nthe tests fail
Ada Lovelace wrote a book in 1843:\nthe first program
From the mail of Jo (6 March 2026):\nplease call
>>> import parser\n>>> parser.run()\nok
""".strip().splitlines()
