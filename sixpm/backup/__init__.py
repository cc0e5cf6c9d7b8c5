"""Back up and restore by command: PostgreSQL's own dump, checked, with a manifest; and what a restore has to mind."""
