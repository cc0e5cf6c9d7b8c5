"""The statements of inbound mail, by step."""
