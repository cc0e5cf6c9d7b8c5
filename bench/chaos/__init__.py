"""The chaos suite: real processes, real servers, one fault at a time; the sink's own log says what became of it."""
