"""Runs the `policytrack` command, also as ``python -m policytrack``."""

import sys

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
    run()


if __name__ == "__main__":
    main()
