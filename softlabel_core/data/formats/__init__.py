"""Formats: files as tables and lines, or the sentence that names the line that is wrong."""
