"""The language of audiences, and segments."""
