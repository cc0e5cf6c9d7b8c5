"""What becomes of a mail once it is out: links followed, pictures shown, who leaves (docs/howto/tracking.md)."""
