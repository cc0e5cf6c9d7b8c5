"""The frames that mail programs put around a forwarded mail, by program and language of its interface.

Facts of the programs' interfaces, one row a frame; test_forward.py writes a mail in each.
"""

from __future__ import annotations

# language: (begin, From, Subject, Date, To)
APPLE = {
    "en": ("Begin forwarded message:", "From", "Subject", "Date", "To"),
    "cs": ("Začátek přeposílané zprávy:", "Od", "Předmět", "Datum", "Komu"),
    "da": ("Start på videresendt besked:", "Fra", "Emne", "Dato", "Til"),
    "de": ("Anfang der weitergeleiteten Nachricht:", "Von", "Betreff", "Datum", "An"),
    "es": ("Inicio del mensaje reenviado:", "De", "Asunto", "Fecha", "Para"),
    "fi": ("Välitetty viesti alkaa:", "Lähettäjä", "Aihe", "Päivämäärä", "Vastaanottaja"),
    "fr": ("Début du message réexpédié :", "De", "Objet", "Date", "À"),
    "fr-ios": ("Début du message transféré :", "De", "Objet", "Date", "À"),
    "hr": ("Započni proslijeđenu poruku:", "Šalje", "Predmet", "Datum", "Prima"),
    "hu": ("Továbbított levél kezdete:", "Feladó", "Tárgy", "Dátum", "Címzett"),
    "it": ("Inizio messaggio inoltrato:", "Da", "Oggetto", "Data", "A"),
    "nl": ("Begin doorgestuurd bericht:", "Van", "Onderwerp", "Datum", "Aan"),
    "no": ("Videresendt melding:", "Fra", "Emne", "Dato", "Til"),
    "pl": ("Początek przekazywanej wiadomości:", "Od", "Temat", "Data", "Do"),
    "pt": ("Início da mensagem reencaminhada:", "De", "Assunto", "Data", "Para"),
    "pt-br": ("Início da mensagem encaminhada:", "De", "Assunto", "Data", "Para"),
    "ro": ("Începe mesajul redirecționat:", "Expeditorul", "Subiectul", "Dată", "Destinatarul"),
    "ru": ("Начало переадресованного сообщения:", "Отправитель", "Тема", "Дата", "Кому"),
    "sk": ("Začiatok preposlanej správy:", "Od", "Predmet", "Dátum", "Pre"),
    "sv": ("Vidarebefordrat mejl:", "Från", "Ämne", "Datum", "Till"),
    "tr": ("İleti başlangıcı:", "Kimden", "Konu", "Tarih", "Kime"),
    "uk": ("Початок листа, що пересилається:", "Від кого", "Тема", "Дата", "Кому"),
    "ja": ("転送されたメッセージ:", "差出人", "件名", "日付", "宛先"),
    "zh": ("开始转发的邮件:", "发件人", "主题", "日期", "收件人"),
    "zh-tw": ("開始轉寄郵件:", "寄件人", "主旨", "日期", "收件人"),
    "ko": ("전달된 메시지:", "보낸 사람", "제목", "날짜", "받는 사람"),
}

# language: (divider, From, Subject, Date, To)
THUNDERBIRD = {
    "en": ("-------- Forwarded Message --------", "From", "Subject", "Date", "To"),
    "cs": ("-------- Přeposlaná zpráva --------", "Od", "Předmět", "Datum", "Komu"),
    "da": ("-------- Videresendt meddelelse --------", "From", "Subject", "Date", "To"),
    "de": ("-------- Weitergeleitete Nachricht --------", "Von", "Betreff", "Datum", "An"),
    "es": ("-------- Mensaje reenviado --------", "De", "Asunto", "Fecha", "Para"),
    "fi": ("-------- Välitetty viesti / Fwd.Msg --------", "Lähettäjä", "Aihe", "Päiväys", "Vastaanottaja"),
    "fr": ("-------- Message transféré --------", "De ", "Sujet ", "Date ", "Pour "),
    "hr": ("-------- Proslijeđena poruka --------", "Šalje", "Naslov", "Datum", "Prima"),
    "hu": ("-------- Továbbított üzenet --------", "Feladó", "Tárgy", "Dátum", "Címzett"),
    "it": ("-------- Messaggio Inoltrato --------", "Mittente", "Oggetto", "Data", "A"),
    "nl": ("-------- Doorgestuurd bericht --------", "Van", "Onderwerp", "Datum", "Aan"),
    "no": ("-------- Videresendt melding --------", "Fra", "Emne", "Dato", "Til"),
    "pl": ("--- Treść przekazanej wiadomości ---", "Nadawca", "Temat", "Data", "Adresat"),
    "pt": ("-------- Mensagem reencaminhada --------", "De", "Assunto", "Data", "Para"),
    "pt-br": ("-------- Mensagem encaminhada --------", "De", "Assunto", "Data", "Para"),
    "ro": ("-------- Mesaj redirecționat --------", "de la", "Subiectul", "Dată", "Către"),
    "ru": ("-------- Перенаправленное сообщение --------", "От", "Тема", "Дата", "Кому"),
    "sk": ("-------- Preposlaná správa --- Forwarded Message --------", "Od", "Predmet", "Dátum", "Pre"),
    "sv": ("-------- Vidarebefordrat meddelande --------", "Från", "Ämne", "Datum", "Till"),
    "tr": ("-------- İletilen İleti --------", "Kimden", "Konu", "Tarih", "Kime"),
    "uk": ("-------- Переслане повідомлення --------", "Від", "Тема", "Дата", "Кому"),
    "ja": ("-------- 転送されたメッセージ --------", "差出人", "件名", "日付", "宛先"),
    "zh": ("-------- 转发的消息 --------", "发件人", "主题", "日期", "收件人"),
    "zh-tw": ("-------- 轉寄訊息 --------", "寄件人", "主旨", "日期", "收件人"),
    "ko": ("-------- 전달된 메시지 --------", "보낸 사람", "제목", "날짜", "받는 사람"),
}

# language: From; Gmail keeps the divider and the other labels English or local alike
GMAIL = {
    "en": "From", "cs": "Od", "da": "Fra", "de": "Von", "es": "De", "et": "Saatja", "fi": "Lähettäjä", "hr": "Šalje",
    "hu": "Feladó", "it": "Da", "nl": "Van", "ro": "De la", "ru": "От", "sv": "Från", "tr": "Gönderen", "uk": "Від",
    "ja": "差出人", "zh": "发件人", "ko": "보낸사람", "el": "Από", "he": "מאת",
}  # fmt: skip

# language: (prefix of the subject, From, Sent, To, Subject)
OUTLOOK = {
    "en": ("FW", "From", "Sent", "To", "Subject"),
    "cs": ("FW", "Od", "Odesláno", "Komu", "Předmět"),
    "da": ("VS", "Fra", "Sendt", "Til", "Emne"),
    "de": ("WG", "Von", "Gesendet", "An", "Betreff"),
    "es": ("RV", "De", "Enviado el", "Para", "Asunto"),
    "fi": ("VL", "Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
    "fr": ("TR", "De ", "Envoyé ", "À ", "Objet "),
    "hu": ("FW", "Feladó", "Elküldve", "Címzett", "Tárgy"),
    "it": ("I", "Da", "Inviato", "A", "Oggetto"),
    "nl": ("FW", "Van", "Verzonden", "Aan", "Onderwerp"),
    "no": ("VS", "Fra", "Sendt", "Til", "Emne"),
    "pl": ("PD", "Od", "Wysłano", "Do", "Temat"),
    "pt": ("FW", "De", "Enviado", "Para", "Assunto"),
    "pt-br": ("ENC", "De", "Enviada em", "Para", "Assunto"),
    "ro": ("FW", "De la", "Trimis", "Către", "Subiect"),
    "ru": ("FW", "От", "Отправлено", "Кому", "Тема"),
    "sk": ("FW", "Od", "Odoslané", "Komu", "Predmet"),
    "sv": ("VB", "Från", "Skickat", "Till", "Ämne"),
    "tr": ("İLT", "Gönderen", "Gönderilmiş", "Kime", "Konu"),
    "uk": ("FW", "Від", "Надіслано", "Кому", "Тема"),
    "ja": ("FW", "差出人", "送信日時", "宛先", "件名"),
    "zh": ("转发", "发件人", "发送时间", "收件人", "主题"),
    "zh-tw": ("轉寄", "寄件者", "寄件日期", "收件者", "主旨"),
    "ko": ("FW", "보낸 사람", "보낸 날짜", "받는 사람", "제목"),
    "el": ("FW", "Από", "Στάλθηκε", "Προς", "Θέμα"),
    "he": ("FW", "מאת", "נשלח", "אל", "נושא"),
}

# language: the line above the mail, as the program of 2019 wrote it
INTROS = {
    "cs": "Dne 03.03.2026 10:15, Bo Berg <bo@example.org> napsal(a):",
    "da": 'D. 03.03.2026 10.15 skrev "Bo Berg" <bo@example.org>:',
    "de": 'Am 03.03.26, 10:15 schrieb "Bo Berg" <bo@example.org>:',
    "en": 'On 3/3/26, 10:15 AM, "Bo Berg" <bo@example.org> wrote:',
    "es": 'El 3/3/26 10:15, "Bo Berg" <bo@example.org> escribió:',
    "fi": "Bo Berg <bo@example.org> kirjoitti 3.3.2026 klo 10.15:",
    "fr": "Le 03/03/2026 10:15, « Bo Berg » <bo@example.org> a écrit :",
    "hu": "2026. 03. 03. 10:15 időpontban Bo Berg <bo@example.org> ezt írta:",
    "it": 'Il giorno 03/03/26, 10:15 "Bo Berg" <bo@example.org> ha scritto:',
    "nl": "Op 03-03-2026 10:15 heeft Bo Berg <bo@example.org> geschreven:",
    "no": "Bo Berg <bo@example.org> skrev følgende den 03.03.2026, 10:15:",
    "pl": "Dnia 03.03.2026, 10:15 „Bo Berg” <bo@example.org> napisał:",
    "pt": 'Em 03/03/26, 10:15, "Bo Berg" <bo@example.org> escreveu:',
    "ru": '03.03.2026, 10:15 пользователь "Bo Berg" <bo@example.org> написал:',
    "sk": "Dňa 03.03.2026, 10:15 používateľ Bo Berg (<bo@example.org>) napísal:",
    "sv": 'Den 2026-03-03 10:15 skrev "Bo Berg" <bo@example.org> följande:',
    "tr": '"Bo Berg" <bo@example.org>, 3.03.2026 10:15 tarihinde şunu yazdı:',
}

# language: (divider, From, To, Sent, Subject); Yahoo glues the fields to one another
YAHOO = {
    "en": ("----- Forwarded Message -----", "From", "To", "Sent", "Subject"),
    "cs": ("----- Přeposlaná zpráva -----", "Od", "Komu", "Datum", "Předmět"),
    "da": ("----- Videresendt meddelelse -----", "Fra", "Til", "Sendt", "Emne"),
    "de": ("----- Weitergeleitete Nachricht -----", "Von", "An", "Gesendet", "Betreff"),
    "es": ("----- Mensaje reenviado -----", "De", "Para", "Enviado", "Asunto"),
    "fi": ("----- Edelleenlähetetty viesti -----", "Lähettäjä", "Vastaanottaja", "Lähetetty", "Aihe"),
    "fr": ("----- Message transmis -----", "De", "À", "Envoyé", "Objet"),
    "hu": ("----- Továbbított üzenet -----", "Feladó", "Címzett", "Elküldve", "Tárgy"),
    "it": ("----- Messaggio inoltrato -----", "Da", "A", "Inviato", "Oggetto"),
    "nl": ("----- Doorgestuurd bericht -----", "Van", "Aan", "Verzonden", "Onderwerp"),
    "no": ("----- Videresendt melding -----", "Fra", "Til", "Sendt", "Emne"),
    "pl": ("----- Przekazana wiadomość -----", "Od", "Do", "Wysłano", "Temat"),
    "pt": ("----- Mensagem reencaminhada -----", "De", "Para", "Enviado", "Assunto"),
    "pt-br": ("----- Mensagem encaminhada -----", "De", "Para", "Enviado", "Assunto"),
    "ro": ("----- Mesaj redirecționat -----", "De la", "Către", "Trimis", "Subiect"),
    "ru": ("----- Пересылаемое сообщение -----", "От", "Кому", "Отправлено", "Тема"),
    "sk": ("----- Preposlaná správa -----", "Od", "Komu", "Odoslané", "Predmet"),
    "sv": ("----- Vidarebefordrat meddelande -----", "Från", "Till", "Skickat", "Ämne"),
    "tr": ("----- İletilmiş Mesaj -----", "Kimden", "Kime", "Gönderilen", "Konu"),
    "uk": ("----- Перенаправлене повідомлення -----", "Від", "Кому", "Відправлено", "Тема"),
}
