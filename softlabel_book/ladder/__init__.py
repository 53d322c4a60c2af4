"""The ladder: what this study records, in order of worth for its time."""
