"""The ledger's statements, by step. State columns are written by engine.move; everything else of the ledger is here."""
