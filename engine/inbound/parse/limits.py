"""The bounds of the parser, applied to the raw bytes before anything else looks at them.

A 420 KB Subject costs the standard library 23 seconds and a nesting bomb its stack, so nothing larger than these
bounds ever reaches a decoder. What lies beyond a bound is not read and named in ParsedMail.faults; the raw mail
keeps it.
"""

from __future__ import annotations

HEADERS_BYTES = 64 * 1024
"""All header lines of one part together."""
HEADER_BYTES = 8 * 1024
"""One header field, folded lines included."""
DEPTH = 30
"""Levels of multipart and message/rfc822."""
PARTS = 200
ENVELOPES = 4
"""Parts that are opened though they are no multipart: winmail.dat, opaque S/MIME."""
ADDRESSES = 200
"""Addresses read from one header."""
TEXT_CHARS = 500_000
"""Decoded body text that is looked at; a reply longer than this is cut here."""
LINES = 20_000
LINE_CHARS = 1_500
"""A longer line is never taken for an intro, a label or a signature."""
HTML_CHARS = 2_000_000
HTML_NODES = 60_000
HTML_DEPTH = 300
"""Open elements; the HTML parser is quadratic in them (40,000 nested div take it 2.5 s), so deeper tags are dropped
before it sees them."""
CUT_CHARS = 200_000
"""What is kept of the cut text; the raw mail has the rest."""
NAME_CHARS = 255
ENTRIES = 500

COMMENT = 20_000  # characters of a comment
