"""An instance as it is after a year: made by set-based statements, the same each time, in about two minutes.

    size.py      how many of everything, and the size of each team
    words.py     words that are as rare and as common as words are
    people.py    workspaces, teams, people, accounts, channels
    evenings.py  rounds, parts, answers, entries
    ledger.py    runs, batches, deliveries, events
    rest.py      what else a year leaves: mails that came in, acts, invitations, tallies
    seed.py      all of it in order

Chance is a hash of an id, so that two seeds of one size are the same rows.
"""
