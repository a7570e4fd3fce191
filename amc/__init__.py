"""AMC Manager: an analyst's dashboard for Amazon Marketing Cloud."""

import sys

__version__ = "0.1.0"

# Every process passes here first. What stands in this file must be readable to an old Python, or
# its reader gets a traceback about syntax in place of the sentence (a test holds it to that).
if sys.version_info < (3, 11):  # noqa: UP036
    sys.stderr.write(
        "AMC Manager needs Python 3.11 or newer, this is %d.%d. "  # noqa: UP031
        "Install python3.11 and python3.11-venv, then run: make setup\n"
        % tuple(sys.version_info[:2])
    )
    sys.exit(2)
