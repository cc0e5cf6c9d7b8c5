"""What a campaign says: an allow-listed template language, markup, versions, previews."""
