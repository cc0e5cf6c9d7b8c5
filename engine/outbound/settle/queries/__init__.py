"""The statements of settling. None writes a state column: engine.move does."""
