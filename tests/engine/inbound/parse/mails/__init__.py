"""Mails as many programs in many languages write them, made by rule: for tests that must give back the typed words."""
