"""Campaigns: an audience becomes rows, rows become mails, and every answer arrives somewhere."""
