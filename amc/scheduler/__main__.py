"""python -m amc.scheduler: the process that carries the work on."""

import sys

from amc.scheduler.process import main

if __name__ == "__main__":
    sys.exit(main())
