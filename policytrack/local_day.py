"""Reads the clock: the local date, which is the default of both dates of a query."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime

from policytrack.errors import UsageError, shortened


def today() -> date:
    """Return the local date. Only the command line and the Python API read the clock; they pass the day on.

    POLICYTRACK_TODAY sets another day, for documentation and tests that must print the same every day. Raises
    `UsageError` when it is not a date.
    """
    fixed = os.environ.get("POLICYTRACK_TODAY")
    if not fixed:
        return datetime.now(UTC).astimezone().date()
    try:
        return date.fromisoformat(fixed)
    except ValueError:
        raise UsageError(
            f"POLICYTRACK_TODAY is {shortened(fixed)!r}, which is not a date",
            hint="set it to a date such as 2026-11-23, or unset it",
        ) from None
