"""The inbound mail: kept as it came before it was acknowledged; everything after that can be run again."""

from engine.states.table import Move, State, StateTable

INBOUND = StateTable(
    "inbound",
    (
        State("received", "Raw bytes are committed; nobody has read them yet.", "the inbound task",
              "the sweep offers it again"),
        State("routed", "Its words are entries (or its command was carried out).", "nobody", "it stays", final=True),
        State("noted", "A robot, bounce or loop, or nothing is to be done, as a person says: never answered.",
              "a person who runs it again", "it stays"),
        State("held", "Whose it is could not be proven; the reason says why.", "a person", "it stays listed"),
        State("parked", "Reading it failed or was killed twice; the raw bytes are kept.", "a person who runs it again",
              "it stays listed"),
        State("repeated", "The same mail had already come by another way.", "nobody", "it stays", final=True),
    ),
    (
        Move("route", ("received",), "routed", "Entries, participation and fan-out were written with it."),
        Move("note", ("received",), "noted", "It was a robot, a bounce, a complaint or our own mail."),
        Move("hold", ("received",), "held", "Unknown, forged, foreign or expired; the reason says which."),
        Move("park", ("received",), "parked", "The parser failed, or was killed twice."),
        Move("repeat", ("received",), "repeated", "Its Message-ID, or content, is already here."),
        Move("again", ("held", "parked", "noted"), "received",
             "A person runs it again, or says which round it answers."),
        Move("robot", ("held", "parked"), "noted",
             "A person says that a robot wrote it: so are its sender's later ones, until they take that back."),
        Move("dismiss", ("held", "parked"), "noted",
             "A person says that nothing is to be done; running it again takes that back."),
    ),
)  # fmt: skip
