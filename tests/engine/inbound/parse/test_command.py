"""Orders count as a whole first line or a whole subject only; whatever else somebody writes stays their words."""

from __future__ import annotations

import pytest

from engine.inbound.parse import command
from engine.inbound.parse.command import Order, order


@pytest.mark.parametrize(
    ("reply", "subject", "expected"),
    [
        ("stop", "Re: 6 pm", "stop"),
        ("\n  STOP!\nthanks", "Re: 6 pm", "stop"),
        ("*Stop*", "", "stop"),
        ("unsubscribe", "", "stop"),
        ("please stop", "", "stop"),
        ("pause until 1 March", "", "pause"),
        ("Pause", "", "pause"),
        ("Skip.", "", "skip"),
        ("undo", "", "undo"),
        ("edit\nFixed the build", "", "edit"),
        ("Edit: fixed the build", "", "edit"),
        ("help", "", "help"),
        ("?", "", "help"),
        ("", "Stop", "stop"),
        ("", "pause until Monday", "pause"),
        ("Stop the deploy before five", "", None),
        ("Stopped the old server", "", None),
        ("I will pause", "", None),
        ("Pause for lunch", "", None),
        ("Pause to think", "", None),
        ("Pausa do almoço", "", None),
        ("Pausa para o café", "", None),
        ("Pause the deploy until Monday", "", None),
        ("Pause until all the tests are green", "", None),
        ("Skip the tests", "", None),
        ("Helped Ada", "", None),
        ("wrote tests\nstop", "", None),
        ("wrote tests", "Re: stop", None),
        ("wrote tests", "AW: stop", None),
        ("wrote tests", "回复: stop", None),
        ("", "", None),
    ],
)
def test_only_a_whole_line_is_an_order(reply: str, subject: str, expected: str | None) -> None:
    assert command(reply, subject) == expected


@pytest.mark.parametrize(
    "word",
    ["Done", "nothing", "Nothing today", "not today", "pass", "leave", "Leave.", "baja", "ok", "same", "no", "yes", "-",
     "away", "sick", "holiday", "Urlaub", "nichts", "rien", "nada", "niente", "krank", "arrêt maladie", "!"],
)  # fmt: skip
def test_an_answer_of_one_word_stays_words(word: str) -> None:
    assert order(word, "Re: Platform, Wednesday 4 March") is None


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Abmelden", "stop"), ("Se désabonner", None), ("désabonner", "stop"), ("darme de baja", "stop"),
        ("disiscrivimi", "stop"), ("cancelar inscrição", "stop"), ("uitschrijven", "stop"), ("avsluta", "stop"),
        ("wypisz mnie", "stop"), ("отписаться", "stop"), ("bitte pausieren", "pause"),
        ("pausieren bis Montag", "pause"),
        ("pause bis Montag", "pause"), ("pause jusqu'au 3 mai", "pause"), ("mettre en pause jusqu'à lundi", "pause"),
        ("pausar hasta el lunes", "pause"), ("metti in pausa fino a lunedì", "pause"), ("pausar até segunda", "pause"),
        ("pauzeer tot maandag", "pause"), ("pausa till måndag", "pause"), ("wstrzymaj do poniedziałku", "pause"),
        ("пауза до понедельника", "pause"), ("heute überspringen", "skip"), ("passer aujourd’hui", "skip"),
        ("saltar hoy", "skip"), ("salta oggi", "skip"), ("pular hoje", "skip"), ("overslaan", "skip"),
        ("hoppa över", "skip"), ("pomiń", "skip"), ("пропустить", "skip"), ("rückgängig", "undo"), ("annuler", "undo"),
        ("deshacer", "undo"), ("annulla", "undo"), ("desfazer", "undo"), ("ongedaan maken", "undo"), ("ångra", "undo"),
        ("cofnij", "undo"), ("отменить", "undo"), ("ändern", "edit"), ("modifier", "edit"), ("edytuj", "edit"),
        ("исправить", "edit"), ("Hilfe", "help"), ("aide", "help"), ("ayuda", "help"), ("pomoc", "help"),
        ("помощь", "help"),
    ],
)  # fmt: skip
def test_orders_are_known_in_many_languages(line: str, kind: str | None) -> None:
    found = order(line, "")

    assert (found.kind if found else None) == kind


def test_what_stands_below_an_order_comes_along() -> None:
    found = order("skip\n\nI am ill today.\nBack tomorrow.", "Re: x")

    assert found == Order("skip", "I am ill today.\nBack tomorrow.", line="skip")


def test_greetings_and_the_writers_name_below_an_order_are_no_words() -> None:
    assert order("stop\n\nThanks,\nAda Keller", "Re: x", "Ada Keller") == Order("stop", line="stop")
    assert order("stop\n\nBest regards\nAda", "Re: x", "Ada Keller") == Order("stop", line="stop")


def test_a_word_with_a_list_right_below_it_is_that_lists_heading() -> None:
    assert order("Stop\n- long meetings\nStart\n- short ones", "Re: retro") is None
    assert order("Help\n1. with the build", "Re: x") is None


def test_an_edit_takes_the_list_below_it() -> None:
    assert order("edit\n- Fixed the build", "Re: x") == Order("edit", "- Fixed the build", line="edit")
    assert order("edit: Fixed the build\nWrote docs", "Re: x") == (
        Order("edit", "Fixed the build\nWrote docs", line="edit: Fixed the build")
    )


def test_a_subject_orders_and_the_whole_text_comes_along() -> None:
    assert order("I am ill.", "skip") == Order("skip", "I am ill.", line="skip")


def test_a_pause_keeps_its_end_as_it_was_written() -> None:
    assert order("Pause until Monday!", "Re: x") == Order("pause", "", "until monday", "Pause until Monday!")
    assert order("pause until blursday", "") == Order("pause", "", "until blursday", "pause until blursday")
    assert order("pause", "") == Order("pause", "", "", "pause")
