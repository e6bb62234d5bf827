"""The `policytrack` command, and ``python -m policytrack``."""

import sys

from policytrack.errors import INTERRUPTED, INTERRUPTED_CODE


def main() -> None:
    """Run the command line. An interrupt while it is still being loaded is as quiet as a later one."""
    try:
        from policytrack.cli.main import main as run
    except KeyboardInterrupt:
        sys.stderr.write(f"{INTERRUPTED}\n")
        sys.exit(INTERRUPTED_CODE)
    run()


if __name__ == "__main__":
    main()
