"""Label it yourself: an interactive figure in which the reader votes first."""
