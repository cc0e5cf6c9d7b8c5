"""The campaign, and the import of people. Single acts move both; their many rows are the ledger's, or a job's."""

from engine.states.table import Move, State, StateTable

CAMPAIGN = StateTable(
    "campaign",
    (
        State("draft", "Somebody writes it.", "a person", "it stays"),
        State("review", "It waits for a second person, since it has many recipients.", "a second person", "it stays"),
        State("approved", "It may be launched as it is.", "a person", "it stays"),
        State("scheduled", "It starts at its hour; nobody is frozen yet.", "the tick", "the next tick takes it"),
        State("running", "Its recipients are rows, and their batches may be claimed.", "workers", "the sweep"),
        State("paused", "A person stopped it; nothing above a horizon leaves.", "a person",
              "useful_until expires rows"),
        State("holding", "The engine stopped it and says why: the canary is out, or too much goes wrong.",
              "a person, or the clock after a good canary", "it stays listed with the reason"),
        State("finishing", "Nothing waits to be sent; answers and events still come.", "the tick, after its days",
              "the next tick"),
        State("finished", "Its numbers are final; late events are still kept.", "a send of the rest", "it stays"),
        State("cancelled", "A person ended it; rows that had not left are cancelled.", "nobody", "it stays",
              final=True),
    ),
    (
        Move("submit", ("draft",), "review", "A person asks for the second person's yes."),
        Move("approve", ("draft", "review"), "approved", "Whoever may has said yes, or no second yes is needed."),
        Move("change", ("review", "approved", "scheduled"), "draft", "Somebody changed it, or took it back."),
        Move("schedule", ("approved",), "scheduled", "A person says when."),
        Move("launch", ("approved", "scheduled"), "running", "Its recipients became rows of a run."),
        Move("pause", ("running", "holding"), "paused", "A person pauses it."),
        Move("resume", ("paused", "holding"), "running", "A person lets it go on, or nothing of it waits."),
        Move("hold", ("running",), "holding", "The canary is out, or too much goes wrong."),
        Move("proceed", ("holding",), "running", "The canary was good, or nothing else waits."),
        Move("drain", ("running",), "finishing", "Nothing of it waits to be sent."),
        Move("reopen", ("finishing", "finished"), "running", "The rest, a reminder or a requeued row is sent."),
        Move("finish", ("finishing",), "finished", "Its days are over."),
        Move("undo", ("running", "paused", "holding"), "draft", "A person takes the launch back: no row had left."),
        Move("cancel", ("review", "approved", "scheduled", "running", "paused", "holding"), "cancelled",
             "A person cancels it."),
    ),
)  # fmt: skip

IMPORT = StateTable(
    "import",
    (
        State("uploaded", "The file is here; nobody has said what its columns are.", "a person", "it stays"),
        State("checking", "A dry run: lines are read and judged, nobody is changed.", "a worker", "the sweep"),
        State("checked", "The dry run is over; its numbers and faults are listed.", "a person", "it stays"),
        State("running", "Lines become contacts, some thousand at a time.", "a worker", "the sweep"),
        State("done", "Every line is a contact or a listed fault.", "a person who takes it back", "it stays"),
        State("undoing", "What it did is taken back, some thousand at a time.", "a worker", "the sweep"),
        State("undone", "What it did is taken back, save what somebody changed since.", "nobody", "it stays",
              final=True),
        State("cancelled", "A person stopped it; what it did until then stays, and can be taken back.",
              "a person who takes it back", "it stays"),
        State("failed", "The file could not be read on; the reason says why.", "a person", "it stays"),
    ),
    (
        Move("check", ("uploaded", "checked"), "checking", "A person asks what it would do."),
        Move("checked", ("checking",), "checked", "Every line was judged."),
        Move("start", ("uploaded", "checked"), "running", "A person starts it."),
        Move("finish", ("running",), "done", "The last line is done."),
        Move("cancel", ("uploaded", "checking", "checked", "running"), "cancelled", "A person stops it."),
        Move("undo", ("done", "cancelled", "failed"), "undoing", "A person takes it back."),
        Move("undone", ("undoing",), "undone", "All is taken back."),
        Move("fail", ("checking", "running"), "failed", "The file cannot be read on."),
    ),
)  # fmt: skip
