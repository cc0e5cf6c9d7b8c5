"""The days people write in a mail ("until Monday", "bis 3. Mai", "for two weeks"), counted from a local today. Pure.

The day is the first one on which somebody is there again. What can mean two days (03/04 in English) is no day.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

_DAY = timedelta(days=1)
_JUST_OVER = timedelta(days=30)  # a day without a year that was so lately is over, and not meant for next year
_OTHERS = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "æ": "ae", "’": "'", "ı": "i", "\u00a0": " "})


def folded(text: str) -> str:
    """Lower case without accents and with single spaces, as the lists of this module and of `command` are read."""
    plain = unicodedata.normalize("NFKD", text.lower().translate(_OTHERS))
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).split())


def _words(*lists: str) -> dict[str, int]:
    """A number for each word: its place in its list, where a comma parts the places."""
    return {
        word: place
        for words in lists
        for place, said in enumerate(words.split(","), start=1)
        for word in folded(said.replace("|", " ")).split()
    }


MONTHS = _words(
    "january|jan,february|feb,march|mar,april|apr,may,june|jun,july|jul,august|aug,september|sep|sept,october|oct,"
    "november|nov,december|dec",
    "januar|jänner|jan,februar|feb,märz|mär|mrz,april|apr,mai,juni|jun,juli|jul,august|aug,september|sep,"
    "oktober|okt,november|nov,dezember|dez",
    "janvier|janv,février|févr|fév,mars,avril|avr,mai,juin,juillet|juil,août,septembre|sept,octobre|oct,"
    "novembre|nov,décembre|déc",
    "enero|ene,febrero|feb,marzo|mar,abril|abr,mayo|may,junio|jun,julio|jul,agosto|ago,septiembre|setiembre|sep,"
    "octubre|oct,noviembre|nov,diciembre|dic",
    "gennaio|gen,febbraio|feb,marzo|mar,aprile|apr,maggio|mag,giugno|giu,luglio|lug,agosto|ago,settembre|set,"
    "ottobre|ott,novembre|nov,dicembre|dic",
    "janeiro|jan,fevereiro|fev,março|mar,abril|abr,maio|mai,junho|jun,julho|jul,agosto|ago,setembro|set,"
    "outubro|out,novembro|nov,dezembro|dez",
    "januari|jan,februari|feb,maart|mrt,april|apr,mei,juni|jun,juli|jul,augustus|aug,september|sep,oktober|okt,"
    "november|nov,december|dec",
    "januari|jan,februari|feb,mars,april|apr,maj,juni|jun,juli|jul,augusti|aug,september|sep,oktober|okt,"
    "november|nov,december|dec",
    "januar,februar,marts|mars,april,maj|mai,juni,juli,august,september,oktober|okt,november,december|desember|des",
    "styczeń|stycznia|sty,luty|lutego|lut,marzec|marca,kwiecień|kwietnia|kwi,maj|maja,czerwiec|czerwca|cze,"
    "lipiec|lipca|lip,sierpień|sierpnia|sie,wrzesień|września|wrz,październik|października|paź,"
    "listopad|listopada|lis,grudzień|grudnia|gru",
    "январь|января|янв,февраль|февраля|фев,март|марта|мар,апрель|апреля|апр,май|мая,июнь|июня|июн,июль|июля|июл,"
    "август|августа|авг,сентябрь|сентября|сен,октябрь|октября|окт,ноябрь|ноября|ноя,декабрь|декабря|дек",
)
# "mar" and "mer" are days and a month at once in the languages that have them: they count as no day of the week.
WEEKDAYS = _words(
    "monday|mon,tuesday|tue|tues,wednesday|wed,thursday|thu|thur|thurs,friday|fri,saturday|sat,sunday|sun",
    "montag|mo,dienstag|di,mittwoch|mi,donnerstag|do,freitag|fr,samstag|sonnabend|sa,sonntag|so",
    "lundi|lun,mardi,mercredi,jeudi|jeu,vendredi|ven,samedi|sam,dimanche|dim",
    "lunes,martes,miércoles|mié,jueves|jue,viernes|vie,sábado|sáb,domingo|dom",
    "lunedì,martedì,mercoledì,giovedì|gio,venerdì,sabato|sab,domenica",
    "segunda|segunda-feira,terça|terça-feira,quarta|quarta-feira,quinta|quinta-feira,sexta|sexta-feira,sábado,domingo",
    "maandag|ma,dinsdag,woensdag|wo,donderdag,vrijdag|vr,zaterdag|za,zondag|zo",
    "måndag|mån,tisdag|tis,onsdag|ons,torsdag|tors,fredag|fre,lördag|lör,söndag|sön",
    "mandag|man,tirsdag|tirs,onsdag,torsdag,fredag,lørdag,søndag",
    "poniedziałek|poniedziałku,wtorek|wtorku,środa|środy|środę,czwartek|czwartku,piątek|piątku,"
    "sobota|soboty|sobotę,niedziela|niedzieli|niedzielę",
    "понедельник|понедельника|пн,вторник|вторника|вт,среда|среды|среду|ср,четверг|четверга|чт,"
    "пятница|пятницы|пятницу|пт,суббота|субботы|субботу|сб,воскресенье|воскресенья|вс",
)
_NUMBERS = _words(
    "a|an|one|ein|eine|einen|einem|einer|un|une|una|um|uma|uno|een|en|ett|et|jeden|jedną|один|одну|"
    "tydzień|miesiąc|неделю|неделя|месяц|год,"
    "two|zwei|deux|dos|due|dois|duas|twee|två|to|dwa|dwie|два|две,three|drei|trois|tres|tre|três|drie|trzy|три,"
    "four|vier|quatre|cuatro|quattro|quatro|fyra|fire|cztery|четыре,five|fünf|cinq|cinco|cinque|vijf|fem|pięć|пять,"
    "six|sechs|seis|sei|zes|sex|seks|sześć|шесть"
)
_UNITS = {
    word: days
    for days, words in {
        1: "day|days|tag|tage|tagen|jour|jours|día|días|giorno|giorni|dia|dias|dag|dagen|dagar|dage|dager|dni|dzień|"
        "день|дня|дней",
        7: "week|weeks|woche|wochen|semaine|semaines|semana|semanas|settimana|settimane|weken|vecka|veckor|uge|uger|"
        "uke|uker|tydzień|tygodnie|tygodni|неделю|неделя|недели|недель",
        30: "month|months|monat|monate|monaten|mois|mes|meses|mese|mesi|mês|maand|maanden|månad|månader|måned|måneder|"
        "miesiąc|miesiące|miesięcy|месяц|месяца|месяцев",
    }.items()
    for word in folded(words.replace("|", " ")).split()
}  # fmt: skip
_SAID = {
    folded(word): meaning
    for meaning, words in {
        "today": "today|heute|aujourd'hui|hoy|oggi|hoje|vandaag|idag|i dag|dzisiaj|dziś|сегодня",
        "tomorrow": "tomorrow|morgen|demain|mañana|domani|amanhã|imorgon|i morgon|i morgen|jutro|jutra|завтра",
        "overmorrow": "the day after tomorrow|day after tomorrow|übermorgen|après-demain|pasado mañana|dopodomani|"
        "depois de amanhã|overmorgen|i övermorgon|i overmorgen|pojutrze|послезавтра",
        "week": "next week|nächste woche|nächster woche|kommende woche|la semaine prochaine|semaine prochaine|"
        "la próxima semana|próxima semana|la semana que viene|settimana prossima|la settimana prossima|"
        "prossima settimana|semana que vem|a próxima semana|volgende week|nästa vecka|næste uge|neste uke|"
        "przyszły tydzień|przyszłego tygodnia|następnego tygodnia|следующая неделя|следующей недели|"
        "end of the week|end of week|the end of the week|this week|the week|ende der woche|diese woche|"
        "la fin de la semaine|fin de semaine|cette semaine|esta semana|questa settimana|deze week|"
        "einde van de week|den här veckan|denna vecka|ten tydzień|końca tygodnia|эту неделю|конца недели",
        "month": "next month|nächsten monat|nächster monat|kommenden monat|le mois prochain|mois prochain|"
        "el próximo mes|próximo mes|el mes que viene|mese prossimo|il mese prossimo|prossimo mese|mês que vem|"
        "o próximo mês|volgende maand|nästa månad|næste måned|neste måned|przyszły miesiąc|przyszłego miesiąca|"
        "следующий месяц|следующего месяца|end of the month|end of month|the end of the month|this month|"
        "ende des monats|monatsende|diesen monat|la fin du mois|fin du mois|ce mois|fin de mes|este mes|"
        "fine mese|fine del mese|fim do mês|einde van de maand|slutet av månaden|końca miesiąca|конца месяца",
        "year": "next year|nächstes jahr|l'année prochaine|el próximo año|l'anno prossimo|ano que vem|volgend jaar|"
        "nästa år|przyszły rok|przyszłego roku|следующий год|следующего года",
    }.items()
    for word in words.split("|")
}  # fmt: skip
_SMALL = frozenset(
    folded(
        "the of next this coming on den dem der am zum vom nächsten nächster kommenden le la l' au du prochain el del "
        "de próximo próxima que viene il al lo prossimo o a ao no na vem de het komende volgende aanstaande nästa "
        "næste neste kommande dia día dzień w we przyszły przyszłego następny следующий следующего следующей "
        "числа г года include inclusive einschließlich jour"
    ).split()
)
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DOTS = re.compile(r"(\d{1,2})\. ?(\d{1,2})(?:\.? ?(\d{4}|\d{2}))?\.?")
_SLASHES = re.compile(r"(\d{1,2})[-/](\d{1,2})(?:[-/](\d{4}|\d{2}))?")
_NUMBER = re.compile(r"(\d{1,2})(?:st|nd|rd|th|er|e|o|a|º|ª|-?го|:?e|:?a)?")
_YEAR = re.compile(r"20\d\d")


def day_in(text: str, today: date, *, day_first: bool = True) -> date | None:
    """The day that `text` names, or None where it names none, or two.

    `today` is the writer's. One that lies before it comes back as it is. `day_first`: 3/5 is the third of May.
    """
    said = folded(text).strip(" .,;!")
    try:
        return _said(said, today) or _digits(said, today, day_first) or _length(said, today) or _named(said, today)
    except (ValueError, OverflowError):  # the 31st of February
        return None


def length_in(text: str, today: date) -> date | None:
    """The day after a span that begins today: "2 weeks", "a month", "today", "this week"; None for anything else."""
    said = folded(text).strip(" .,;!")
    if said in _SAID:
        return today + _DAY if _SAID[said] == "today" else _said(said, today)
    return _length(said, today)


def _said(said: str, today: date) -> date | None:
    match _SAID.get(said):
        case "tomorrow":
            return today + _DAY
        case "overmorrow":
            return today + 2 * _DAY
        case "week":
            return today + (7 - today.weekday()) * _DAY
        case "month":
            return _first(today, 1)
        case "year":
            return date(today.year + 1, 1, 1)
        case _:
            return None  # "until today" is over before it begins


def _first(today: date, later: int) -> date:
    years, month = divmod(today.month - 1 + later, 12)
    return date(today.year + years, month + 1, 1)


def _digits(said: str, today: date, day_first: bool) -> date | None:
    """A date in digits, a weekday before it left out."""
    said = " ".join(word for word in said.replace(",", " ").split() if word.strip(".") not in WEEKDAYS | {"the": 0})
    if found := _ISO.fullmatch(said):
        return date(*map(int, found.groups()))
    if found := _DOTS.fullmatch(said):
        return _dated(int(found[1]), int(found[2]), found[3], today)
    if found := _SLASHES.fullmatch(said):
        first, second = int(found[1]), int(found[2])
        if second > 12 or (not day_first and first <= 12 and first != second):
            return _dated(second, first, found[3], today) if second > 12 else None
        return _dated(first, second, found[3], today)
    return None


def _dated(day: int, month: int, year: str | None, today: date) -> date:
    if year is not None:
        return date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    found = date(today.year, month, day) if (month, day) != (2, 29) else _leap(today)
    return date(found.year + 1, month, day) if found < today - _JUST_OVER else found


def _leap(today: date) -> date:
    return date(today.year + -today.year % 4, 2, 29)


def _length(said: str, today: date) -> date | None:
    """Two weeks, a month, 10 days; also behind "in"."""
    words = said.removeprefix("in ").split()
    if len(words) == 1 and words[0] in _UNITS and words[0] in _NUMBERS:
        words = ["1", words[0]]  # "na tydzień", "на неделю"
    if len(words) != 2 or words[1] not in _UNITS:
        return None
    number = int(words[0]) if words[0].isdecimal() and len(words[0]) <= 3 else _NUMBERS.get(words[0], 0)
    if not number:
        return None
    if _UNITS[words[1]] == 30:
        return _same_day(today, number)
    return today + number * _UNITS[words[1]] * _DAY


def _same_day(today: date, months: int) -> date:
    """The same day some months on, or the last one of a month that has none such."""
    following = _first(today, months + 1)
    return min(_first(today, months) + (today.day - 1) * _DAY, following - _DAY)


def _named(said: str, today: date) -> date | None:
    """A day with its month's name, a weekday, or a day of the month; small words between them do not count."""
    words = [word.strip(".") for word in re.sub(r"[,()]", " ", said).replace("l'", " ").split()]
    words = [word for word in words if word and word not in _SMALL]
    if len(words) == 1 and words[0] in WEEKDAYS:
        return today + ((WEEKDAYS[words[0]] - 1 - today.weekday() - 1) % 7 + 1) * _DAY
    words = [word for word in words if word not in WEEKDAYS or word in MONTHS]
    years = [word for word in words if _YEAR.fullmatch(word)]
    months = [MONTHS[word] for word in words if word in MONTHS]
    days = [int(found[1]) for word in words if (found := _NUMBER.fullmatch(word)) and word not in years]
    if len(days) != 1 or len(words) != len(years) + len(months) + len(days) or len(years) > 1 or len(months) > 1:
        return None
    if months:
        return _dated(days[0], months[0], years[0] if years else None, today)
    return _of_month(days[0], today) if not years else None


def _of_month(day: int, today: date) -> date:
    """The next day with that number, in a month that has it."""
    later = 0 if day > today.day else 1
    while (found := _first(today, later) + (day - 1) * _DAY).day != day:
        later += 1
        if later > 12:
            raise ValueError("no month has this day")
    return found
