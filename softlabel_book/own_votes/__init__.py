"""Own votes: what a table of one's own annotations teaches."""
