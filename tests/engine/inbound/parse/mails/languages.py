"""What mail programs write in each language: intro lines, header labels, dividers, phone lines; and a typed reply.

Written down from the programs' interfaces, apart from engine/inbound/parse/words.py on purpose: a list that tested
itself would find nothing. Every typed reply holds a sentence that looks a little like an intro line.
"""

from __future__ import annotations

from dataclasses import dataclass

WHO = "Ada Lovelace <ada.lovelace@example.org>"


@dataclass(frozen=True)
class Language:
    """One language. `intros`: Gmail, Apple Mail, Thunderbird and others; `labels`: from, sent, to, subject."""

    code: str
    typed: str
    intros: tuple[str, ...]
    labels: tuple[str, str, str, str]
    when: str
    original: str
    phone: str


LANGUAGES = (
    Language(
        "en",
        "On Monday I wrote the parser and Jo wrote two tests.\nTomorrow: the rest of it.",
        (
            f"On Tue, Mar 3, 2026 at 6:00 PM {WHO} wrote:",
            f"On 3 Mar 2026, at 18:00, {WHO} wrote:",
            "On 3/3/26 18:00, Ada Lovelace wrote:",
            f"On Tuesday, March 3, 2026 at 06:00:00 PM GMT+1, {WHO} wrote:",
            "On Tue, 2026-03-03 at 18:00 +0100, Ada Lovelace wrote:",
        ),
        ("From", "Sent", "To", "Subject"),
        "Tuesday, March 3, 2026 6:00 PM",
        "Original Message",
        "Sent from my iPhone",
    ),
    Language(
        "de",
        "Am Montag schrieb ich den Parser.\nMorgen kommen die Tests.",
        (
            f"Am Di., 3. März 2026 um 18:00 Uhr schrieb {WHO}:",
            f"Am 03.03.2026 um 18:00 schrieb {WHO}:",
            "Am 03.03.26 um 18:00 schrieb Ada Lovelace:",
            f"{WHO} schrieb am Di., 3. März 2026, 18:00:",
            "Am Dienstag, den 03.03.2026, 18:00 +0100 schrieb Ada Lovelace:",
            f"Am 3. März 2026 18:00:00 MEZ schrieb {WHO}:",
            f"{WHO} hat am 03.03.2026 18:00 CET geschrieben:",
        ),
        ("Von", "Gesendet", "An", "Betreff"),
        "Dienstag, 3. März 2026 18:00",
        "Ursprüngliche Nachricht",
        "Von meinem iPhone gesendet",
    ),
    Language(
        "fr",
        "Le lundi j'ai écrit l'analyseur.\nDemain les tests.",
        (
            f"Le mar. 3 mars 2026 à 18:00, {WHO} a écrit :",
            f"Le 3 mars 2026 à 18:00, {WHO} a écrit :",
            "Le 03/03/2026 à 18:00, Ada Lovelace a écrit :",
            "Le 3 Mars 26, à 18:00, Ada Lovelace ada.lovelace@example.org a écrit :",
        ),
        ("De ", "Envoyé ", "À ", "Objet "),
        "mardi 3 mars 2026 18:00",
        "Message d'origine",
        "Envoyé de mon iPhone",
    ),
    Language(
        "es",
        "El lunes escribió Jo las pruebas.\nMañana sigo con el resto.",
        (
            f"El mar, 3 mar 2026 a las 18:00, {WHO.replace('<', '(<').replace('>', '>)')} escribió:",
            f"El 3 mar 2026, a las 18:00, {WHO} escribió:",
            "El 3/3/26 a las 18:00, Ada Lovelace escribió:",
        ),
        ("De", "Enviado", "Para", "Asunto"),
        "martes, 3 de marzo de 2026 18:00",
        "Mensaje original",
        "Enviado desde mi iPhone",
    ),
    Language(
        "it",
        "Il giorno prima Jo ha scritto i test.\nDomani il resto.",
        (
            f"Il giorno mar 3 mar 2026 alle ore 18:00 {WHO} ha scritto:",
            f"Il giorno 3 mar 2026, alle ore 18:00, {WHO} ha scritto:",
            "Il 03/03/26 18:00, Ada Lovelace ha scritto:",
            f"Il Martedì 3 Marzo 2026 18:00, {WHO} ha scritto:",
        ),
        ("Da", "Inviato", "A", "Oggetto"),
        "martedì 3 marzo 2026 18:00",
        "Messaggio originale",
        "Inviato da iPhone",
    ),
    Language(
        "pt",
        "Em casa o Jo escreveu os testes.\nAmanhã faço o resto.",
        (
            f"Em ter., 3 de mar. de 2026 às 18:00, {WHO} escreveu:",
            f"Em 3 de mar. de 2026, à(s) 18:00, {WHO} escreveu:",
            "Em 03/03/2026 18:00, Ada Lovelace escreveu:",
            f"{WHO} escreveu (terça, 3/03/2026 à(s) 18:00):",
            "Às 18:00 de 03/03/26, Ada Lovelace escreveu:",
            f"No dia 3 de março de 2026 às 18:00, {WHO} escreveu:",
        ),
        ("De", "Enviado", "Para", "Assunto"),
        "terça-feira, 3 de março de 2026 18:00",
        "Mensagem original",
        "Enviado do meu iPhone",
    ),
    Language(
        "nl",
        "Op maandag schreef ik de parser.\nMorgen de tests.",
        (
            f"Op di 3 mrt 2026 om 18:00 schreef {WHO}:",
            f"Op 3 mrt. 2026 om 18:00 heeft {WHO} het volgende geschreven:",
            "Op 03-03-2026 om 18:00 schreef Ada Lovelace:",
        ),
        ("Van", "Verzonden", "Aan", "Onderwerp"),
        "dinsdag 3 maart 2026 18:00",
        "Oorspronkelijk bericht",
        "Verstuurd vanaf mijn iPhone",
    ),
    Language(
        "sv",
        "Den första delen skrev jag i går.\nI morgon testerna.",
        (
            f"Den tis 3 mars 2026 kl 18:00 skrev {WHO}:",
            f"3 mars 2026 kl. 18:00 skrev {WHO}:",
            "Den 2026-03-03 kl. 18:00, skrev Ada Lovelace:",
        ),
        ("Från", "Skickat", "Till", "Ämne"),
        "den 3 mars 2026 18:00",
        "Ursprungligt meddelande",
        "Skickat från min iPhone",
    ),
    Language(
        "no",
        "På mandag skrev Jo testene.\nI morgen resten.",
        (
            f"tir. 3. mars 2026 kl. 18:00 skrev {WHO}:",
            f"3. mar. 2026 kl. 18:00 skrev {WHO}:",
            "Den 03.03.2026 18:00, skrev Ada Lovelace:",
        ),
        ("Fra", "Sendt", "Til", "Emne"),
        "tirsdag 3. mars 2026 18:00",
        "Opprinnelig melding",
        "Sendt fra min iPhone",
    ),
    Language(
        "da",
        "Den første del skrev jeg i går.\nI morgen resten.",
        (
            f"Den tirs. 3. mar. 2026 kl. 18.00 skrev {WHO}:",
            f"Den 3. mar. 2026 kl. 18.00 skrev {WHO}:",
            "Den 03.03.2026 kl. 18.00 skrev Ada Lovelace:",
        ),
        ("Fra", "Sendt", "Til", "Emne"),
        "3. marts 2026 18:00",
        "Oprindelig meddelelse",
        "Sendt fra min iPhone",
    ),
    Language(
        "fi",
        "Maanantaina Jo kirjoitti testit.\nHuomenna loput.",
        (
            "ti 3. maalisk. 2026 klo 18.00 Ada Lovelace (ada.lovelace@example.org) kirjoitti:",
            f"{WHO} kirjoitti 3.3.2026 kello 18.00:",
            "Ada Lovelace kirjoitti 3.3.2026 klo 18.00:",
        ),
        ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe"),
        "tiistai 3. maaliskuuta 2026 18.00",
        "Alkuperäinen viesti",
        "Lähetetty iPhonesta",
    ),
    Language(
        "pl",
        "W poniedziałek Jo napisał testy.\nJutro reszta.",
        (
            f"wt., 3 mar 2026 o 18:00 {WHO} napisał(a):",
            f"Wiadomość napisana przez {WHO} w dniu 3 mar 2026, o godz. 18:00:",
            "W dniu 3.03.2026 o 18:00, Ada Lovelace pisze:",
            f"Dnia 3 marca 2026 18:00 {WHO} napisał(a):",
        ),
        ("Od", "Wysłano", "Do", "Temat"),
        "wtorek, 3 marca 2026 18:00",
        "Oryginalna wiadomość",
        "Wysłane z iPhone'a",
    ),
    Language(
        "cs",
        "V pondělí Jo napsal testy.\nZítra zbytek.",
        (
            f"út 3. 3. 2026 v 18:00 odesílatel {WHO} napsal:",
            f"3. 3. 2026 v 18:00, {WHO}:",
            "Dne 03. 03. 26 v 18:00 Ada Lovelace napsal(a):",
        ),
        ("Od", "Odesláno", "Komu", "Předmět"),
        "úterý 3. března 2026 18:00",
        "Původní e-mail",
        "Odesláno z iPhonu",
    ),
    Language(
        "sk",
        "V pondelok Jo napísal testy.\nZajtra zvyšok.",
        (
            f"ut 3. 3. 2026 o 18:00 {WHO} napísal(a):",
            "Dňa 3. 3. 2026 o 18:00 Ada Lovelace napísal(a):",
        ),
        ("Od", "Odoslané", "Komu", "Predmet"),
        "utorok 3. marca 2026 18:00",
        "Pôvodná správa",
        "Odoslané z iPhonu",
    ),
    Language(
        "hu",
        "Hétfőn Jo írta a teszteket.\nHolnap a többi.",
        (
            f"{WHO} ezt írta (időpont: 2026. márc. 3., K, 18:00):",
            f"2026. márc. 3. dátummal, 18:00 időpontban {WHO} írta:",
            "2026. 03. 03. 18:00 keltezéssel, Ada Lovelace írta:",
        ),
        ("Feladó", "Elküldve", "Címzett", "Tárgy"),
        "2026. március 3., kedd 18:00",
        "Eredeti üzenet",
        "Az iPhone-omról küldve",
    ),
    Language(
        "ro",
        "Pe luni Jo a scris testele.\nMâine restul.",
        (
            f"În mar., 3 mar. 2026 la 18:00, {WHO} a scris:",
            f"Pe 3 mar. 2026, la 18:00, {WHO} a scris:",
            "Pe 03.03.2026 18:00, Ada Lovelace a scris:",
        ),
        ("De la", "Trimis", "Către", "Subiect"),
        "marți, 3 martie 2026 18:00",
        "Mesaj original",
        "Trimis de pe iPhone-ul meu",
    ),
    Language(
        "ru",
        "В понедельник Джо написал тесты.\nЗавтра остальное.",
        (
            f"вт, 3 мар. 2026 г. в 18:00, {WHO}:",
            f"3 марта 2026 г., в 18:00, {WHO} написал(а):",
            "03.03.2026 18:00, Ada Lovelace пишет:",
            f"Вторник, 3 марта 2026, 18:00 +03:00 от {WHO}:",
            '03.03.2026, 18:00, "Ada Lovelace" <ada.lovelace@example.org>:',
        ),
        ("От", "Отправлено", "Кому", "Тема"),
        "3 марта 2026 г. 18:00",
        "Исходное сообщение",
        "Отправлено с iPhone",
    ),
    Language(
        "uk",
        "У понеділок Джо написав тести.\nЗавтра решта.",
        (
            f"вт, 3 бер. 2026 р. о 18:00 {WHO} пише:",
            "03.03.26 18:00, Ada Lovelace пише:",
            '3 березня 2026, 18:00:00, від "Ada Lovelace" <ada.lovelace@example.org>:',
        ),
        ("Від", "Надіслано", "Кому", "Тема"),
        "3 березня 2026 р. 18:00",
        "Оригінальне повідомлення",
        "Надіслано з iPhone",
    ),
    Language(
        "bg",
        "В понеделник Джо написа тестовете.\nУтре останалото.",
        (
            f"На вт, 3.03.2026 г. в 18:00 {WHO} написа:",
            "На 3.03.26 г. в 18:00 ч., Ada Lovelace написа:",
        ),
        ("От", "Изпратено", "До", "Тема"),
        "вторник, 3 март 2026 г. 18:00",
        "Оригинално писмо",
        "Изпратено от моя iPhone",
    ),
    Language(
        "el",
        "Στις δοκιμές έγραψε ο Τζο χθες.\nΑύριο τα υπόλοιπα.",
        (
            f"Στις Τρί 3 Μαρ 2026 στις 6:00 μ.μ., ο/η {WHO} έγραψε:",
            f"Στις 3 Μαρ 2026, στις 18:00, ο χρήστης {WHO} έγραψε:",
            "Στις 3/3/26 18:00, ο/η Ada Lovelace έγραψε:",
        ),
        ("Από", "Στάλθηκε", "Προς", "Θέμα"),
        "Τρίτη, 3 Μαρτίου 2026 6:00 μμ",
        "Αρχικό μήνυμα",
        "Στάλθηκε από το iPhone μου",
    ),
)
