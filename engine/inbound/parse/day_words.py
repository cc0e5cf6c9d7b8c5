"""The words of days, spans and months in the languages that people write to us in, folded as they are looked up."""

from __future__ import annotations

import unicodedata

_OTHERS = str.maketrans({"ł": "l", "ß": "ss", "ø": "o", "æ": "ae", "’": "'", "ı": "i", "\u00a0": " "})


def folded(text: str) -> str:
    """Lower case without accents and with single spaces, as these lists and those of `command` are read."""
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
NUMBERS = _words(
    "a|an|one|ein|eine|einen|einem|einer|un|une|una|um|uma|uno|een|en|ett|et|jeden|jedną|один|одну|"
    "tydzień|miesiąc|неделю|неделя|месяц|год,"
    "two|zwei|deux|dos|due|dois|duas|twee|två|to|dwa|dwie|два|две,three|drei|trois|tres|tre|três|drie|trzy|три,"
    "four|vier|quatre|cuatro|quattro|quatro|fyra|fire|cztery|четыре,five|fünf|cinq|cinco|cinque|vijf|fem|pięć|пять,"
    "six|sechs|seis|sei|zes|sex|seks|sześć|шесть"
)
UNITS = {
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
SAID = {
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
SMALL = frozenset(
    folded(
        "the of next this coming on den dem der am zum vom nächsten nächster kommenden le la l' au du prochain el del "
        "de próximo próxima que viene il al lo prossimo o a ao no na vem de het komende volgende aanstaande nästa "
        "næste neste kommande dia día dzień w we przyszły przyszłego następny следующий следующего следующей "
        "числа г года include inclusive einschließlich jour"
    ).split()
)
