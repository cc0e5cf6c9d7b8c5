"""Markdown, HTML and MJML as clean HTML and as text, with the tags of the template language kept in their places."""
