"""What became of a campaign, in numbers that open the list of their people."""
