"""The book's own code: the analyses, figures, interactive figures and commands of this study."""
