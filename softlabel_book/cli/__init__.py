"""The command line: `softlabel COMMAND`, or `python -m softlabel_book.cli COMMAND`."""
