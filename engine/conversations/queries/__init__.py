"""The statements of conversations."""
