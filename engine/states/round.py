"""The round: one team's one local date; and the participation: one member's part in it."""

from engine.states.table import Move, State, StateTable

ROUND = StateTable(
    "round",
    (
        State("open", "Somebody may still be asked or answer in time.", "the tick, when every part is settled",
              "it stays open and listed"),
        State("closed", "Every answer window is over. Late answers still join it.", "nobody", "it stays", final=True),
    ),
    (Move("close", ("open",), "closed", "The last answer window ended.", quiet=True),),
)  # fmt: skip

UNANSWERED = ("due", "asked", "reminded")

PARTICIPATION = StateTable(
    "participation",
    (
        State("due", "The member's hour came; the prompt is planned.", "the tick, when the prompt was accepted",
              "the end of the answer window makes it missed"),
        State("asked", "The prompt was accepted by the relay.", "a reply; the nudge; the end of the window",
              "the end of the answer window makes it missed"),
        State("reminded", "The nudge is planned.", "a reply, or the end of the window",
              "the end of the answer window makes it missed"),
        State("answered", "At least one answer is recorded.", "nobody; more replies append", "it stays", final=True),
        State("missed", "The answer window ended without an answer.", "a late answer", "it stays"),
        State("excused", "Away, paused or skipped that day: not asked.", "an answer all the same", "it stays"),
    ),
    (
        Move("ask", ("due",), "asked", "Its prompt's delivery was accepted.", quiet=True),
        Move("remind", ("due", "asked"), "reminded", "The nudge was planned.", quiet=True),
        Move("answer", ("due", "asked", "reminded", "missed", "excused"), "answered", "A reply was recorded."),
        Move("miss", UNANSWERED, "missed", "The answer window ended.", quiet=True),
        Move("excuse", ("due", "asked", "reminded", "missed"), "excused", "Away or skipped after all."),
        Move("reopen", ("excused",), "due", "The person took their skip or pause back in time."),
    ),
)  # fmt: skip
