"""Power: which difference between two arms a test part could show at all."""
