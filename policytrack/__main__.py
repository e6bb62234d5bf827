"""Runs the `policytrack` command, also as ``python -m policytrack``."""

import atexit
import os
import sys
from contextlib import suppress

from policytrack.errors import INTERRUPTED, INTERRUPTED_CODE


def main() -> None:
    """Run the command line. An interrupt during its import is reported in one line too, without a traceback."""
    # Arrow imports numpy where it is installed, which takes longer than many commands. policytrack does not need it.
    sys.modules.setdefault("numpy", None)  # type: ignore[arg-type] # None makes Python raise ImportError for it
    try:
        from policytrack.cli.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write(f"{INTERRUPTED}\n")
        sys.exit(INTERRUPTED_CODE)
    try:
        run()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        _end(ended.code)


def _end(code: int) -> None:
    """End the process without taking the interpreter down.

    Unloading the modules of Arrow and DuckDB takes longer than many queries; the operating system frees their memory at
    once. What is registered to run at the end runs, and the streams are written; the command has closed its files.
    """
    atexit._run_exitfuncs()
    for stream in filter(None, (sys.stdout, sys.stderr)):  # None where the descriptor is closed
        with suppress(OSError):  # its reader has ended, which the command has reported
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
