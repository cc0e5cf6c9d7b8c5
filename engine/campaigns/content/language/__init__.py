"""The language of campaigns: a small part of Jinja's, parsed by Jinja's own parser and kept by an allow-list."""
