"""Checks arguments: a value outside the allowed ones is refused, since an empty answer would look like zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policytrack.errors import UsageError, shortened

Some = str | Iterable[str] | None
"""One value, several, or none."""


def listed(value: Any) -> list[Any]:
    """Return one value or several as a list; an empty list for None."""
    if value is None:
        return []
    return [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """Return a value if it is allowed. Raises `UsageError` with near matches."""
    if value in allowed:
        return value
    from policytrack.values.ids import near_matches

    close = near_matches(str(value), allowed)
    hint = f"did you mean {close[0]}?" if close else f"allowed: {', '.join(allowed)}"
    raise UsageError(f"{name} has {shortened(str(value))!r}, which is not an allowed value", hint=hint)


def some_of(name: str, value: Some, allowed: Sequence[str]) -> list[str]:
    """Return the values as a list. Raises `UsageError` for one that is not allowed."""
    return [one_of(name, one, allowed) for one in listed(value)]


def unless(value: str, usual: str) -> str | None:
    """Return a value, or None if it is the usual one, which a citation leaves out."""
    return None if value == usual else value


def described(command: str, given: Mapping[str, Any]) -> str:
    """Return a query as text for a citation: ``capacity (country CN)``. What has no value is left out."""
    words = [
        name.replace("_", "-") + ("" if value is True else f" {' and '.join(map(str, listed(value)))}")
        for name, value in given.items()
        if value not in (None, False, (), [], 0)
    ]
    return f"{command} ({', '.join(words)})" if words else command
