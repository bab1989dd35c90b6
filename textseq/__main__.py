"""`python -m textseq` is `textseq`.

In: sys.argv. Out: an exit status. Everything else is in cli/app.py.
"""

from __future__ import annotations

import sys

from textseq.cli.app import main

if __name__ == "__main__":
    sys.exit(main())
