"""python -m amc: the command line."""

import sys

from amc.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
