"""The people of a workspace beyond its teams: listed and found, one by one, what is known of them, and forgotten."""
