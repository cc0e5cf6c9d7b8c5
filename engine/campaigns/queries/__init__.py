"""Statements about campaigns: their rows, the freeze, the flight."""
