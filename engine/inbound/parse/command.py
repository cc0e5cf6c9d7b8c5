"""Orders that a person mails: a whole first line or a whole subject, never a word inside a sentence. Pure.

Losing somebody's words is worse than missing an order: a word that people answer with (done, nothing, pass, leave) is
no order in any language, and a word with a list right below it is that list's heading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from engine.inbound.parse import dates, patterns
from engine.inbound.parse.day_words import folded
from engine.inbound.parse.mail import ParsedMail
from engine.inbound.parse.words import CLOSINGS, THANKS

LONGEST = 60  # characters of a line that may be an order


def _said(lines: dict[str, str]) -> dict[str, str]:
    return {folded(words): kind for kind, said in lines.items() for words in said.split("|")}


_ORDERS = _said({
    "stop": "stop|stop please|please stop|stop mails|stop emails|stop these mails|stop these emails|unsubscribe|"
    "unsubscribe me|please unsubscribe|remove me|opt out|cancel subscription|"
    "stopp|stopp bitte|bitte stopp|abmelden|bitte abmelden|austragen|abbestellen|"
    "arrêter|désabonner|me désabonner|désinscrire|me désinscrire|désinscription|désabonnement|"
    "darme de baja|dar de baja|cancelar suscripción|desuscribir|desuscribirme|"
    "annulla iscrizione|disiscrivi|disiscrivimi|cancellami|"
    "cancelar inscrição|descadastrar|"
    "stoppen|afmelden|uitschrijven|"
    "sluta|avsluta|avregistrera|avanmäl|avmeld|afmeld|frameld|"
    "zatrzymaj|wypisz|wypisz mnie|anuluj subskrypcję|"
    "стоп|отписаться|отпишите меня|отписка|відписатися|"
    "odhlásit|lopeta|peruuta tilaus|dur|abonelikten çık",
    "pause": "pause|pause me|please pause|mute|snooze|pausieren|bitte pausieren|mettre en pause|en pause|pausar|"
    "metti in pausa|pauzeren|pauzeer|pausa|wstrzymaj|pauza|пауза|приостановить",
    "skip": "skip|skip it|skip me|skip today|skip this one|skip please|please skip|"
    "überspringen|heute überspringen|auslassen|"
    "passer aujourd'hui|sauter aujourd'hui|ignorer aujourd'hui|sauter|"
    "saltar|saltar hoy|omitir|omitir hoy|salta|salta oggi|"
    "pular|pular hoje|overslaan|sla over|vandaag overslaan|"
    "hoppa över|hoppa över idag|hopp over|spring over|"
    "pomiń|pomiń dzisiaj|pomiń dziś|пропустить|пропустить сегодня|přeskočit|ohita|atla",
    "undo": "undo|undo it|undo that|please undo|rückgängig|rückgängig machen|"
    "annuler|deshacer|annulla|desfazer|ongedaan maken|ångra|fortryd|angre|cofnij|"
    "отменить|отмена|скасувати|vrátit zpět|kumoa|geri al",
    "edit": "edit|bearbeiten|ändern|modifier|corriger|editar|corregir|modifica|correggi|corrigir|bewerken|wijzigen|"
    "redigera|ändra|rediger|ret|edytuj|popraw|изменить|исправить|upravit|muokkaa|düzenle",
    "help": "help|help me|commands|hilfe|aide|ayuda|aiuto|ajuda|hulp|hjälp|hjælp|hjelp|pomoc|помощь|справка|"
    "допомога|pomoc prosím|apua|yardım",
})  # fmt: skip
_PAUSE = (
    r"(?:please |bitte )?(?:pause|mute|snooze|pausier|pausiere|pausieren|mettre en pause|mets en pause|suspendre|"
    r"pausar|pausa|metti in pausa|sospendi|suspender|pauzeer|pauzeren|pauze|paus|pausa|pauser|sett pa pause|"
    r"wstrzymaj|pauza|приостановить|пауза|останови)(?: me| mich| mig| mails| please)?"
)
# A preposition tells a day from a length. English ones stand apart: 3/5 is two days in English, and one elsewhere.
_UNTIL_EN = r"until|untill|till|til|up to|through|thru|to"
_UNTIL = (
    r"bis einschliesslich|bis zum|bis|jusqu'au|jusqu'a|jusqu'en|jusque|hasta|hasta el|fino a|fino al|fino alla|"
    r"ate|ate o|ate a|tot en met|tot|tills|fram till|indtil|inntil|do|az do|до"
)
_FOR = r"for|fur|pour|pendant|durant|por|durante|per|voor|i|na|на|for the"
_PAUSE_LINE = re.compile(
    rf"{_PAUSE} (?:(?P<english>{_UNTIL_EN})|(?P<other>{_UNTIL})|(?P<length>{_FOR})) (?P<when>.+)|"
    rf"{_PAUSE} (?P<bare>.+)"
)
_THROUGH = frozenset(("through", "thru", "bis einschliesslich", "tot en met"))
_UNSURE = re.compile(  # what is longer and no day is a sentence, and so is "pause to think"
    r"(?:until|untill|till|til|bis|bis zum|jusqu'au|jusqu'a|hasta|hasta el|fino a|fino al|tot|tills|indtil|inntil)"
    r"(?: \S+){0,3}"
)
_EDIT_LINE = re.compile(r"[\s*_\"'“]*edit[*_\"'”]*\s*:[*_\"'”]*\s*(.*)", re.DOTALL | re.IGNORECASE)
_LIST = re.compile(r"\s*(?:[-*•–+]|\d{1,2}[.)])\s")
_PREFIX = re.compile(r"^(?:\s*(?:re|aw|sv|fwd?|antw|rép|res|odp)\s*:\s*)+", re.IGNORECASE)
_PARTING = frozenset(folded(word) for word in f"{CLOSINGS}|{THANKS}".replace("\n", "").split("|"))


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody orders. `when` is the day a pause ends as they wrote it, "" where they named none.

    `rest` is all that they wrote besides: the new text of `edit`, otherwise words that came along.
    """

    kind: str
    rest: str = ""
    when: str = ""
    line: str = ""


def order(reply_text: str, subject: str, name: str = "") -> Order | None:
    """The order that the first line of a reply is, or, in a mail without a Re:, its subject; else None.

    A prompt's subject comes back with a Re:. `name`: the writer's, which below an order is a signature, and no words.
    """
    lines = reply_text.strip().splitlines()
    first, below = (lines[0], lines[1:]) if lines else ("", [])
    found = None if below and _LIST.match(below[0]) and not _edits(first) else _one(first)
    if found is not None:
        return Order(found.kind, _beyond([found.rest, *below], name), found.when, found.line)
    if patterns.REPLY_SUBJECT.match(subject) or _PREFIX.match(subject) or (found := _one(subject)) is None:
        return None
    return Order(found.kind, _beyond([found.rest, *lines], name), found.when, found.line)


def ordered(mail: ParsedMail) -> Order | None:
    """What a mail orders, if anything. Words above something that is passed on are about that."""
    if mail.kind == "forward":
        return None
    return order(mail.reply_text, mail.subject, mail.from_.name if mail.from_ else "")


def command(reply_text: str, subject: str) -> str | None:
    """The kind of the order, or None."""
    found = order(reply_text, subject)
    return found.kind if found else None


def asked_again(when: str, today: date) -> date | None:
    """The day on which a pause ends whose end was written so (`Order.when`); None where that names no day.

    It may lie before `today`, the writer's.
    """
    found = re.fullmatch(rf"(?:(?P<english>{_UNTIL_EN})|(?P<other>{_UNTIL})|(?P<length>{_FOR})) (?P<day>.+)", when)
    if found is None:
        return dates.length_in(when, today) or dates.day_in(when, today, day_first=False)
    if found["length"]:
        return dates.length_in(found["day"], today)
    day = dates.length_in(found["day"], today) if found["day"].startswith("in ") else None
    day = day or dates.day_in(found["day"], today, day_first=found["english"] is None)
    return day + timedelta(days=1) if day and (found["english"] or found["other"]) in _THROUGH else day


def _edits(line: str) -> bool:
    found = _one(line)
    return found is not None and found.kind == "edit"


def _one(line: str) -> Order | None:
    """The order that a line is, as a whole; `edit: …` may go on behind its colon."""
    if found := _EDIT_LINE.fullmatch(line):
        return Order("edit", found[1].strip(), line=line.strip())
    if line.strip() == "?":
        return Order("help", line="?")
    text = folded(line.strip(" \t.!:*_\"'“”").replace("*", "").replace("\u200b", "")) if len(line) < 200 else ""
    if not text or len(text) > LONGEST:
        return None
    if kind := _ORDERS.get(text):
        return Order(kind, line=line.strip())
    return _pause(text, line.strip())


def _pause(text: str, line: str) -> Order | None:
    """A pause with its end: one that names a day or a length; with "until", also a short one that does not, to be told.

    Whether it is a day does not depend on today, so that any will do here.
    """
    found = _PAUSE_LINE.fullmatch(text)
    if found is None:
        return None
    by = found["english"] or found["other"] or found["length"]
    when = found["bare"] or f"{by} {found['when']}"
    if asked_again(when, date(2024, 1, 1)) is None and not _UNSURE.fullmatch(when):
        return None
    return Order("pause", when=when, line=line)


def _beyond(lines: list[str], name: str) -> str:
    """What is left below an order when greetings and the writer's own name at its end are no words."""
    theirs = {folded(name), *folded(name).split()}
    while lines and (folded(lines[-1].strip(" ,.!-")) in theirs | _PARTING | {""}):
        lines = lines[:-1]
    return "\n".join(lines).strip()
