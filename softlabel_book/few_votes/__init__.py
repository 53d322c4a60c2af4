"""Few votes: what N votes an item can tell, and what the votes of each data set look like."""
