"""The words by which mail programs in many languages mark quotations, forwards, signatures and automatic mail.

Data only: every list is matched case-insensitively against one line. Collected from the interfaces of Gmail, Outlook,
Apple Mail, Thunderbird, Yahoo, Mail.ru, Yandex and others; a new language is a word in each list and a mail in
tests/corpus.
"""

from __future__ import annotations

WROTE = """
lainaus|cytowanie|
quoting|zitat von|citando|citando a|citerar|citerer|citat de la|wrote|writes|a écrit|écrit|schrieb|schrieben|
hat geschrieben|geschrieben|schreef|heeft geschreven|geschreven|
escribió|escribio|ha escrito|va escriure|ha escrit|escreveu|ha scritto|scrive|scrisse|skrev|skrifaði|
kirjoitti|napsal|napsala|napsal\\(a\\)|napísal|napísala|napísal\\(a\\)|napisał|napisała|napisał\\(a\\)|pisze|
написал|написала|написал\\(а\\)|пишет|писал|писал\\(а\\)|написав|написала|написав\\(ла\\)|пише|напиша|
írta|ezt írta|yazdı|şunu yazdı|şunları yazdı|yazdi|a scris|έγραψε|é escrito|je napisao|je napisala|je napisao/la|
je napisao\\(la\\)|napisao je|je pisal|je napisal|rašė|parašė|rakstīja|kirjutas|shkroi|menulis|telah menulis|
đã viết|viết|写道|寫道|写到|のメッセージ|さんは書きました|wrote|님이 작성|작성|썼습니다|작성:|כתב|כתבה|כתב/ה|
كتب|كتبت|نوشت|เขียนว่า|เขียน|skribis|idatzi du|scribis|het volgende geschreven|volgende geschreven|
написа|је написао|је написала|је написао/ла|napisal|napisala|je oseba|va escriure|napisana przez|missatge de|
のメール|쓴 글|님이 쓴 글|تمت كتابة ما يلي|نوشته است|писала|писао је|написао је|har skrevet|har skrivit|ha escrito|
напісаў|напісаў\\(ла\\)|напиша|ngirim|skrywe|kirjutas|đã viết|लिखा|scrîs|escribiu|escribiu:|
sinulat|aliandika|geskryf|ubhale|yozdi|yazıb|жазды|бичсэн|գրել է|დაწერა|লিখেছেন|লিখেছে|লিখেছিল|
लिहिले|ले लेख्नुभयो|எழுதியது|எழுதினார்|రాశారు|લખ્યું|ಬರೆದಿದ್ದಾರೆ|എഴുതി|ලියා ඇත|لکھا|ysgrifennodd|scríobh
"""

STARTERS = """
lainaus|cytowanie|on|at|am|le|el|il|il giorno|in data|em|op|den|på|dne|dňa|dnia|w dniu|vào|pe|la data|στις|på|tarihinde|
в|во|от|на|у|пн|вт|ср|чт|пт|сб|вс|в понедельник|数|在|於|于|w|dana|dne|kuupäeval|le|lørdag|in|em|a les|a las|
בתאריך|ב|في|بتاريخ|ในวันที่|เมื่อ|pada|igorno|il gio|am|vom|quoting|zitat von|citando|
noong|mnamo|у|дана|dana|kuupäev|missatge de|wiadomość napisana przez|în|dňa|na|às|no dia|v|otrd|ב|ngày|เมื่อวันที่
"""

MONTHS = """
jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|mars|avr|juin|juil|août|déc|ene|abr|
ago|dic|
gen|mag|giu|lug|set|ott|fev|maj|янв|фев|мар|апр|мая|июн|июл|авг|сен|окт|ноя|дек|
бер|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд|січ|лют|märts|ožu|març|mart|marc|mrt|mrz|maalisk|
márc|thg|มี.ค|Μαρ|мај|јун|авг
"""

# Labels of a quoted header block by meaning. The longer ones come first where one is the beginning of another.
LABELS: dict[str, str] = {
    "from": """from|von|de la|de|da|van|fra|från|från|od|od kogo|від кого|от|от кого|від|kimden|gönderen|gonderen|
lähettäjä|
        feladó|küldő|expeditorul|expeditor|odesílatel|odosielateľ|nadawca|šalje|šalje|pošiljatelj|saatja|remitente|
        отправитель|відправник|发件人|寄件者|寄件人|差出人|送信者|
보낸 사람|보낸사람|mittente|expéditeur|absender|afzender|
        remetente|avsender|avsändare|afsender|από|מאת|من|från|
        từ|จาก|dari|no|nuo|од|шаље|пошиљалац|frá|از|प्रेषक|ад|ад каго|kellelt|remitent""",
    "sent": """sent|gesendet|envoyé|envoyé le|enviado|enviado el|
enviado em|enviada|enviada em|inviato|verzonden|sendt|
        skickat|skickades|lähetetty|wysłano|wysłane|odesláno|odoslané|отправлено|відправлено|надіслано|gönderilen|
        gönderilme|gönderildi|gönderme tarihi|elküldve|küldve|trimis|trimisă|poslano|poslato|saadetud|
        发送时间|寄件日期|发送日期|送信日時|보낸 날짜|στάλθηκε|נשלח|تم الإرسال|
        đã gửi|gửi|ngày gửi|ส่ง|ส่งเมื่อ|dikirim|terkirim|enviat|enviat el|nosūtīts|nosūtīta|išsiųsta|siųsta|
        послато|изпратено|изпратено на|изпратен|sent at|sent on|saatmisaeg|ارسال شده|تاريخ الإرسال|تاریخ ارسال|
        भेजा गया|адпраўлена|odesláno dne|sent date|gönderilme tarihi|időpont|tidspunkt|発送日時|传送时间|
        傳送時間|전송 일시|
        보낸시간|보낸날짜""",
    "date": """date|datum|fecha|data|dato|dátum|dată|päivämäärä|päiväys|kuupäev|tarih|дата|日期|日付|날짜|datums|
        data wysłania|ημερομηνία|תאריך|التاريخ|ngày|time sent|
        วันที่|tanggal|датум|data i hora|datum i vrijeme|tarikh|dags|تاریخ|दिनांक|дата и час|date and time|日時|
        時間|时间""",
    "to": """to|an|à|a|pour|para|till|til|aan|do|komu|кому|kime|alıcı|vastaanottaja|címzett|destinatarul|către|
    catre|
        adresat|prima|za|primatelj|saaja|destinatario|destinataire|destinatário|收件人|收件者|宛先|받는 사람|
        받는사람|
        empfänger|ontvanger|mottaker|mottagare|modtager|προς|אל|إلى|în atenția|
        đến|tới|người nhận|ถึง|kepada|ke|untuk|per a|per|kam|uz|прима|за|до|получател|kellele|adressaat|
        prejemnik|به|प्रति|каму|gavėjas|iki|받는이|수신|수신인|primalac|saņēmējs""",
    "cc": """cc|kopie|kopia|kopi|copie|copie à|copia|cópia|
kopio|másolat|másolatot kap|dw|do wiadomości|bilgi|копия|копія|
        kópia|抄送|副本|참조|κοιν|עותק|نسخة|bcc|cci|kopija|
        สำเนา|tembusan|còpia|копие|đồng gửi|bản sao|رونوشت|en copie|사본|抄送人""",
    "subject": """subject|betreff|objet|sujet|asunto|oggetto|onderwerp|assunto|
ämne|emne|aihe|předmět|predmet|temat|tema|
        тема|tárgy|konu|subiect|subiectul|teema|主题|主旨|件名|제목|θέμα|נושא|الموضوع|subjekt|naslov|titre|chủ đề|
        tiêu đề|เรื่อง|หัวข้อ|subjek|perihal|assumpte|temats|tēma|наслов|предмет|относно|zadeva|efni|موضوع|विषय|
        тэма|ogg|ogg.|betr|betr.|標題|标题|表題|ang|ang.""",
    "reply-to": """reply-to|reply to|antwort an|répondre à|responder a|responder para|rispondi a|risposta|
    svara till|
        svar til|beantwoorden aan|odpowiedz do|vastausosoite|отвечать|responda a|antwoord aan|válaszcím|yanıtla""",
    "other": """importance|priority|wichtigkeit|priorité|sensitivity|attachments|anlagen|pièces jointes|
    organization|
        resent-from|message-id|list-id|anhänge|allegati|bijlagen|priorità|importância|bilagor""",
}  # fmt: skip

# Stems of "original message"; a divider needs one of them between dashes.
ORIGINAL = """
original$|original message|replied message|回复的原邮件|回覆的原郵件|
original mail|original email|original text|ursprüngliche nachricht|
ursprungliche nachricht|
originalnachricht|original-nachricht|originalmeddelande|original meddelande|ursprungligt meddelande|
oprindelig meddelelse|oprindelig besked|opprinnelig melding|original melding|antwort nachricht|
message d.origine|message original|message d.origine|message initial|mensaje original|mensagem original|
messaggio originale|messaggio origin|oorspronkelijk bericht|origineel bericht|alkuperäinen viesti|
původní zpráva|původní e-mail|pôvodná správa|oryginalna wiadomość|wiadomość oryginalna|wiadomość pierwotna|
исходное сообщение|оригинальное сообщение|пересылаемое|початкове повідомлення|оригінальне повідомлення|
eredeti üzenet|özgün mesaj|orijinal mesaj|orjinal mesaj|original e-posta|mesaj original|mesajul original|
izvorna poruka|originalna poruka|izvirno sporočilo|algsõnum|originalus laiškas|oriģinālā ziņa|αρχικό μήνυμα|
הודעה מקורית|الرسالة الأصلية|原始邮件|原始郵件|原邮件|元のメッセージ|元のメール|원본 메시지|원본 메일|thư gốc|
reply message|quoted message|quoted text|missatge original|jatorrizko mezua|mensaxe orixinal|
оригинално писмо|оригинално съобщение|оригинална порука|оригинална порака|ข้อความต้นฉบับ|
ข้อความเดิม|pesan asli|mesej asal|sākotnējā ziņa|sākotnējais ziņojums|pradinis pranešimas|pradinis laiškas|
tin nhắn gốc|пачатковае паведамленне|арыгінальнае паведамленне|upprunalegt skeyti|پیام اصلی|मूल संदेश|
kirje algtekst|
messaggio orig|oprindelig mail|original-mail|urspr. nachricht|mensagem orig|missatge orig
"""

FORWARDED = """
forwarded message|forwarded mail|forwarded email|begin forwarded|forwarded by|forwarded from|fwd.msg|
weitergeleitete nachricht|weitergeleiteten nachricht|weitergeleitete mail|weitergeleitet von|
message transféré|message transmis|message réexpédié|début du message réexpédié|début du message transféré|
mensaje reenviado|mensaje reenviado|inicio del mensaje reenviado|mensagem encaminhada|mensagem reencaminhada|
início da mensagem encaminhada|início da mensagem reencaminhada|messaggio inoltrato|inizio messaggio inoltrato|
doorgestuurd bericht|begin doorgestuurd bericht|vidarebefordrat|vidarebefordrade|vidarebefordrat mejl|
videresendt|start på videresendt|välitetty viesti|välitetty viesti|edelleenlähetetty|přeposlaná zpráva|
přeposílané zprávy|přeposílaná zpráva|preposlaná správa|preposlanej správy|preposielaná|začiatok preposlanej|
przekazana wiadomość|przekazanej wiadomości|przekazywanej wiadomości|wiadomość przekazana|
пересылаемое сообщение|пересланное сообщение|пересылаемого сообщения|переадресованного сообщения|
перенаправленное сообщение|начало переадресованного|конец пересылаемого|
переслане повідомлення|перенаправлене повідомлення|
пересланого повідомлення|переслане|початок листа, що пересилається|листа, що пересилається|továbbított üzenet|
továbbított levél|yönlendirilen|yönlendirilmiş|iletilmiş mesaj|
iletilen mesaj|iletilen ileti|i̇letilen i̇leti|i̇letilmiş mesaj|i̇leti başlangıcı|ileti başlangıcı|
mesaj redirecționat|mesajul redirecționat|
mesaj redirectionat|proslijeđena poruka|proslijeđenu poruku|prosleđena poruka|posredovano sporočilo|edastatud|
προωθημένο μήνυμα|προώθηση|הודעה שהועברה|رسالة معاد توجيهها|转发的邮件|
转发邮件|转发的消息|轉寄訊息|轉寄的訊息|開始轉寄|开始转发|轉寄郵件|轉寄的郵件|已转发|転送されたメッセージ|
転送メッセージ|전달된 메시지|전달된 메일|chuyển tiếp|missatge reenviat|mezua birbidalia|
препратено съобщение|препратено писмо|прослеђена порука|ข้อความที่ส่งต่อ|pesan terusan|
pesan diteruskan|pārsūtītais ziņojums|pārsūtīta ziņa|persiųstas laiškas|persiųstas pranešimas|thư được chuyển tiếp|
начало на препратеното|mesaj redirec|posredovano sporo|перасланае паведамленне|áframsent
"""

REPLY_PREFIXES = "re|aw|sv|antw|rép|res|odp|ynt|vá|rv|vs|ref|回复|回覆|答复|返信|отв|на|rif|απ|r|bls|antwort"
FORWARD_PREFIXES = (
    "fw|fwd|wg|tr|rv|vb|vl|i|pd|enc|redir|vs|i̇lt|ilt|tov|转发|轉寄|転送|пер|пересл|doorst|fs|yml|továbbítás"
)

MARKERS = """
reply above this|write above this line|answer above this line|type above this line|respond above this line|
reply above the dotted line|reply above the dashed line|comment above this line|reply above here|
do not write below this line|do not edit below this line|do not delete below this line|
oberhalb dieser linie|über dieser zeile|über dieser linie|au-dessus de cette ligne|por encima de esta línea|
encima de esta línea|acima desta linha|sopra questa riga|sopra questa linea|boven deze lijn|ovanför den här raden|
ovanför denna rad|over denne linjen|tämän rivin yläpuolelle|powyżej tej linii|nad tento řádek|nad tímto řádkem|
nad tento riadok|e fölé a sor fölé|deasupra acestei linii|выше этой строки|выше этой линии|вище цього рядка|
bu satırın üstüne|bu satırın üzerine|この線より上に|この行より上に|이 줄 위에|在此行上方|在此行之上|在此線上方|

reply above this line|write above this line|type your reply above|reply above the line|please reply above|
respond above this line|reply below this line is ignored|antworten sie oberhalb dieser|oberhalb dieser zeile|
boven deze regel|répondez au-dessus de cette ligne|répondre au-dessus de cette ligne|au-dessus de cette ligne|
responda por encima de esta línea|responda acima desta linha|rispondi sopra questa riga|svara ovanför denna|
svar over denne linje|odpowiedz powyżej tej linii
"""

# Closing formulas. "thanks" words are content as often as not: they count only with the sender's own name behind.
CLOSINGS = """
greetings|have a nice day|have a great day|have a good day|have a good one|have a great weekend|have a nice weekend|
talk soon|see you|warmly|respectfully yours|schönen tag|schönen tag noch|schönes wochenende|schönen abend|bis bald|
bonne journée|bonne soirée|bien amicalement|meilleures salutations|buen día|que tengas buen día|un abrazo|abrazos|
buona giornata|buona serata|bom trabalho|melhores cumprimentos|com os melhores cumprimentos|fijne dag|fijne avond|
hartelijke groeten|hartelijke groet|ha en bra dag|trevlig helg|god helg|god weekend|ha en fin dag|hyvää viikonloppua|
miłego dnia|pozdrowienia|hezký den|srdečně|szép napot|üdv|o zi bună|хорошего дня|с уважением и благодарностью|
гарного дня|поздрави|με φιλικούς χαιρετισμούς|iyi günler|kolay gelsin|kind greetings|salutations|saludos cordiales|
atentos saludos|salutacions|lijep pozdrav|lp|tervitades|parimate soovidega|
best|best regards|kind regards|warm regards|warmest regards|regards|regds|rgds|br|kr|sincerely|yours sincerely|
yours truly|yours faithfully|yours|cheers|all the best|best wishes|with best regards|with kind regards|respectfully|
cordially|take care|love|your pal|your friend|mit freundlichen grüßen|mit freundlichen grüssen|
mit freundlichem gruß|
freundliche grüße|viele grüße|liebe grüße|beste grüße|schöne grüße|herzliche grüße|lg|vg|mfg|grüße|gruß|gruss|
cordialement|bien cordialement|bien à vous|amicalement|sincères salutations|saludos|un saludo|saludos cordiales|
atentamente|atenciosamente|abraços|abraço|att|cumprimentos|cordiali saluti|distinti saluti|saluti|un saluto|
met vriendelijke groet|met vriendelijke groeten|vriendelijke groet|groeten|groetjes|groet|mvg|mvh|hilsen|
med venlig hilsen|med vennlig hilsen|venlig hilsen|vennlig hilsen|de bedste hilsner|bedste hilsner|kh|vh|dbh|
med vänlig hälsning|med vänliga hälsningar|vänliga hälsningar|vänlig hälsning|hälsningar|hälsning|vänligen|
ystävällisin terveisin|terveisin|pozdrawiam|z poważaniem|s pozdravem|s pozdravom|üdvözlettel|tisztelettel|
с уважением|с наилучшими пожеланиями|всего доброго|з повагою|saygılarımla|iyi çalışmalar|cu stimă|cu respect|
lep pozdrav|srdačan pozdrav|lugupidamisega|su pagarba|ar cieņu|με εκτίμηση|xoxo|xx|בברכה|בכבוד רב|כל טוב|
مع تحياتي|تحياتي|مع خالص التحية|مع أطيب التحيات|با احترام|با تشکر|trân trọng|thân mến|thân ái|salam|hormat kami|
salam hangat|hormat saya|ขอแสดงความนับถือ|ด้วยความนับถือ|此致|此致敬礼|祝好|顺颂商祺|順頌商祺|谨上|敬上|敬具|
kærar kveðjur|kveðja|le meas|hälsningar från|beste hilsen|bästa hälsningar|ystävällisesti|parhain terveisin|
z pozdrowieniami|z wyrazami szacunku|s úctou|s přátelským pozdravem|s priateľským pozdravom|baráti üdvözlettel|
cu drag|o zi frumoasă|z najlepszymi życzeniami|с наилучшими|с най-добри пожелания|с уважение|срдачан поздрав|
поздрав|s poštovanjem|s spoštovanjem|φιλικά|με φιλικούς χαιρετισμούς|sevgiler|selamlar
"""
THANKS = """
thanks|thank you|many thanks|thanks a lot|thanks again|thanks so much|thanks in advance|thx|ty|danke|vielen dank|
besten dank|merci|merci beaucoup|gracias|muchas gracias|grazie|grazie mille|obrigado|obrigada|bedankt|dank|
dankjewel|
tack|tack så mycket|takk|tak|på forhånd tak|kiitos|dziękuję|děkuji|ďakujem|спасибо|дякую|teşekkürler|köszönöm|
mulțumesc|hvala|thanks and regards|thanks & regards|thank you and regards|thanks and best regards|
danke und gruß|danke und grüße|danke und viele grüße|danke und beste grüße|vielen dank und viele grüße|
vielen dank und beste grüße|vielen dank und freundliche grüße|danke und lg|danke & gruß|merci et bonne journée|
merci et cordialement|merci d'avance|gracias y saludos|gracias de antemano|grazie e saluti|grazie in anticipo|
grazie e buona giornata|obrigado e cumprimentos|obrigada e cumprimentos|bedankt en groeten|alvast bedankt|
dank en groet|tack på förhand|tack och hälsningar|takk og hilsen|tak og hilsen|dziękuję i pozdrawiam|
z góry dziękuję|děkuji a přeji hezký den|děkuji předem|спасибо и хорошего дня|заранее спасибо|дякую і гарного дня|
thanks & best regards|thanks and kind regards|thank you very much|thank you so much|thank you in advance|
よろしくお願いします|よろしくお願いいたします|よろしくお願い致します|宜しくお願いします|宜しくお願いいたします|
宜しくお願い致します|谢谢|謝謝|감사합니다|고맙습니다|ขอบคุณครับ|ขอบคุณค่ะ|ขอบคุณ|cảm ơn|terima kasih|תודה|شكرا|شكراً
"""

# What stands below a name in a signature.
TITLES = """
manager|director|president|vice president|vp|ceo|cto|cfo|coo|cio|engineer|developer|analyst|consultant|architect|
assistant|associate|coordinator|officer|founder|co-founder|partner|head of|team lead|lead developer|specialist|
administrator|attorney|lawyer|professor|researcher|designer|supervisor|representative|secretary|treasurer|chairman|
geschäftsführer|geschäftsführerin|leiter|leiterin|leitung|entwickler|entwicklerin|berater|beraterin|referent|
sachbearbeiter|sachbearbeiterin|vorstand|directeur|directrice|ingénieur|ingénieure|responsable|développeur|gérant|
directora|ingeniero|ingeniera|gerente|desarrollador|desenvolvedor|engenheiro|analista|direttore|direttrice|
responsabile|ingegnere|sviluppatore|ontwikkelaar|projectleider|adviseur|chef|projektledare|utvecklare|udvikler|
utvikler|daglig leder|direktør|toimitusjohtaja|kehittäjä|dyrektor|kierownik|ředitel|jednatel|igazgató|
директор|менеджер|инженер|разработчик|müdür|mühendis
"""

# How the line of a phone or mail program begins. FROM goes with a device, BY only with the name of a product:
# "Sent by phone the offer" is somebody's work.
SENT_FROM = """
sent from|from my|this message was sent from|this email was sent from|this e-mail was sent from|
message sent from|envoyé de|envoyé depuis|envoyé à partir de|envoyée de|provenance|
gesendet von|gesendet aus|gesendet vom|
enviado desde|enviado do|enviado de|enviado a partir de|enviado a partir do|enviado pelo|enviada do|enviat des|
inviato da|inviato dal|inviata da|verzonden vanaf|verstuurd vanaf|verzonden vanuit|verstuurd vanuit|skickat från|
skickades från|sendt fra|lähetetty|odesláno z|odoslané z|odoslané zo|wysłane z|wysłano z|отправлено с|отправлено из|
отправлено со|отправлено от|надіслано з|надіслано із|відправлено з|изпратено от|изпратено с|στάλθηκε από|
trimis de pe|trimis din|trimis de la|poslano s|poslano z|poslano iz|poslano sa|послато са|послато с|saadetud|
nosūtīts no|sūtīts no|išsiųsta iš|gửi từ|đã gửi từ|được gửi từ|ส่งจาก|dikirim dari|dihantar dari|נשלח מ|أُرسلت من|
أرسلت من|تم الإرسال من|مرسل من|发自|發自|从我的|從我的|
来自我的|來自我的|寄自
"""
SENT_BY = """
sent via|sent with|sent by|sent using|sent on|sent through|envoyé avec|envoyé par|envoyé via|gesendet mit|
gesendet über|gesendet per|enviado con|enviado com|enviado por|enviado via|enviado mediante|inviato con|
inviato tramite|verzonden met|verzonden via|verstuurd met|verstuurd via|skickat med|skickat via|sendt via|sendt med|
wysłane za pomocą|wysłano za pomocą|wysłane przez|odesláno pomocí|отправлено через|надіслано через|отправлено|
надіслано|відправлено
"""
# Verbs that end the line, each with the case or preposition that makes it an origin.
SENT_END = (
    r"(?:^(?:von mein|vom\s(?!.*\b(?:wurden?|wird|werden|hab|hat)\b)|diese (?:nachricht|mail|e-mail) wurde)"
    r".{3,80}(?:gesendet|versendet|verschickt)|"
    r"から送信(?:しました|されました)?|에서\s?(?:보냄|보냈습니다|보낸\s메일)|"
    r"(?:dan|den)\s(?:\S+\s)?gönderil(?:di|miştir)|"
    r"r[óő]l\s(?:el)?küldve|^[从從自由通透].{1,40}(?:发送|傳送|發送|发出|寄出))"
)
# Advertisements for the program itself: "Get Outlook for iOS" begins or ends with one of these.
FETCH = """
get|download|holen sie sich|herunterladen|beziehen|télécharger|téléchargez|obtenez|obtenir|obtener|obtén|descargar|
descarga|obter|obtenha|baixar|ottieni|scarica|downloaden|hämta|hent|pobierz|získejte|získajte|stáhnout|lataa|hanki|
получите|скачать|отримайте|завантажити|töltse le|obțineți|edinin|indirin|を入手|を入手する|获取|取得|下载|下載|
다운로드|
preuzmite|κατεβάστε|λήψη|tải xuống|ดาวน์โหลด|dapatkan|search, organize, conquer
"""
DEVICES = """
mobile|mobil|mobiltelefon|mobilgerät|smartphone|smart phone|phone|handy|tablet|device|cell|mailbox|mail|telefon|
mobilu|mobila|mobilem|
téléphone|telefono|telefonu|teléfono|celular|móvil|cellulare|dispositivo|appareil|portable|телефон|телефона|
телефону|
устройства|手机|手機|스마트폰|휴대폰|携帯|スマートフォン|wireless|touch|app|the go|puhelimesta|mobilního|handset|
mobiele|apparaat|gerät
"""
# Small words between "sent from" and the device.
MY = """
my|a|an|the|our|mein|meinem|meiner|meinen|dem|der|einem|einer|mon|ma|un|une|mi|tu|mio|mia|il|la|meu|minha|o|mijn|een|
min|mitt|mit|den|det|en|ett|et|mojego|mého|svého|môjho|моего|моей|мого|моєї|my own|telefonul|meu|moj|mog|mojega|mano|
mana|minu|του|το|μου
"""
PROGRAMS = """
iphone|ipad|ipod|i-phone|android|samsung|galaxy|blackberry|huawei|xiaomi|redmi|nokia|htc|lg|sony|xperia|motorola|
oneplus|pixel|alcatel|lumia|windows|outlook|yahoo|gmail|airmail|typeapp|k-9|protonmail|proton|spark|thunderbird|
fairemail|айфон|айфона|verizon|t-mobile|vodafone|bluemail|aqua|nine|newton|superhuman|hey|mailspring|palm|treo|
polymail|missive|front|mailbird|mymail|zoho|gmx|web.de|t-online|orange|aol|mail.ru|яндекс|почты|почта|华为|小米|
삼성|갤럭시|네이버|hotmail|icloud|oppo|vivo|honor|realme|fairphone|telenor|freenet|posteo|edison|canary|posta per
"""

# One line of it is enough.
NOTICES = """
virus-free[.]|virus-free www|this email has been checked for viruses|this e-mail has been checked for viruses|
scanned by mailscanner|scanned by avast|scanned by avg|scanned by norton|scanned by mcafee|scanned by spam|
please consider the environment before printing|consider the environment before|think before you print|
please don't print this e-mail|please don't print this email|please don't print this mail|
please don't print this message|save a tree[.,!:]|save a tree [-–]|
bitte denken sie an die umwelt, bevor|denken sie an die umwelt, bevor|
bitte denken sie an die umwelt bevor|denken sie an die umwelt bevor|bitte prüfen sie der umwelt|
bitte prüfen sie, ob diese|bitte prüfen sie, ob dies|bitte prüfen sie, ob der ausdruck|
bitte prüfen sie, ob ein ausdruck|pensez à l'environnement|
avant d'imprimer|antes de imprimir|prima di stampare|denk aan het milieu|tänk på miljön|libre de virus|
garanti sans virus|
virenfrei|senza virus|livre de vírus|sem vírus|virusvrij|без вирусов|
l'absence de virus dans ce|l’absence de virus dans ce|diese e-mail wurde von avast|diese e-mail wurde auf viren|
diese nachricht wurde auf viren|este correo electrónico ha sido comprobado|este correo electrónico ha sido analizado|
questa e-mail è stata controllata|questa email è stata controllata|este email foi escaneado|este e-mail foi verificado|
esta mensagem foi verificada|dit e-mailbericht is gecontroleerd|deze e-mail is gecontroleerd op virussen|
denna e-post har kontrollerats|denne e-mail er blevet kontrolleret|ta wiadomość została sprawdzona|
tento e-mail byl zkontrolován|tato zpráva byla zkontrolována|это сообщение проверено на вирусы|
это электронное письмо проверено
"""

DISCLAIMER = """
destina-se exclusivamente|addressee|poufn|wyłącznie dla adresata|adresat|omyłkowo|przez pomyłkę|предназначен|адресат|
по ошибке|důvěrn|adresát|omylem|dôvern|avsedd|av misstag|ved en fejl|ved en feil|konfidensiell|modtager|vastaanottaja|
erehdyksessä|bizalmas|címzett|tévedésből|confidențial|din greșeală|yanlışlıkla|hata ile|機密|誤って|机密|误收|誤收|기밀|
잘못 수신|помилково|конфіденційн|εμπιστευτικ|εκ παραδρομής|per abuis|abusievelijk|
intended recipient|intended solely|intended only for|confidential|confidentiality|privileged and|may be privileged|
unauthorized use|unauthorised use|if you have received this|
if you received this e-mail in error|if you received this message in error|
vertrauliche informationen|vertraulich|nicht der richtige adressat|irrtümlich erhalten|
informations confidentielles|confidentiel|strictement réservé|destinataire|par erreur|
información confidencial|confidencial|destinatario|por error|informazioni contenute|riservat|uso esclusivo|
per errore|vertrouwelijk|uitsluitend bestemd|geadresseerde|konfidentiell|fortrolig|luottamuksel|poufne|
конфиденциальн|gizli|think before you print|before printing|consider the environment|denken sie an die umwelt|
scanned by|virus-free|avast|checked for viruses|analizzato con
"""

# What a disclaimer speaks of: itself.
DISCLAIMED = """
wiadomość ta|sporočilo|ова порука|
this e-mail|this email|this message|this communication|this transmission|this mail|the contents of this|
diese e-mail|diese mail|diese nachricht|dieser e-mail|ce message|ce courriel|cet e-mail|cet email|ce mail|
este mensaje|
este correo|esta mensagem|este e-mail|este email|questo messaggio|questa e-mail|la presente e-mail|il presente|
dit bericht|deze e-mail|dit e-mailbericht|detta meddelande|detta e-post|denne e-post|denne e-mail|denne mail|
denne meddelelse|tämä viesti|tämä sähköposti|niniejsza wiadomość|ta wiadomość|tato zpráva|tento e-mail|táto správa|
ez az üzenet|acest mesaj|acest e-mail|настоящее сообщение|это сообщение|данное сообщение|це повідомлення|bu e-posta|
bu mesaj|本邮件|此邮件|本郵件|このメール|본 메일|avast|printing|print this|drucken
"""

LIST_FOOTER = """
mailing list|to unsubscribe|unsubscribe from|you received this message because|you are receiving this|
you're receiving this|manage your subscription|reply to this email directly|view it on github|view this discussion|
to post to this group|visit this group|list info|mailman/listinfo|um sich abzumelden|pour vous désabonner
"""
