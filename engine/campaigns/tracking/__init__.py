"""Who looked: signed links, an optional pixel, and what each hit is taken for."""
