"""Whom a campaign is for: a small language, read into a tree, checked, and compiled to one statement."""
