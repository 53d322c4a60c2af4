"""A class votes: an interactive figure that gathers the answers of many readers."""
