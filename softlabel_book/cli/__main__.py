"""The command line of a package that is not installed: `python -m softlabel_book.cli`."""

import sys

from softlabel_book.cli.main import main

sys.exit(main())
