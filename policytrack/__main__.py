"""``python -m policytrack``: the same as the `policytrack` command."""

from policytrack.cli.main import main

if __name__ == "__main__":
    main()
