"""Prints an error as one JSON object on standard error, if the command line asks for JSON."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from policytrack.errors import PolicytrackError, RejectedImport

_FLAGS: Final = frozenset({"--json", "--envelope"})


def wants_json() -> bool:
    """Return whether --json or --envelope is on the command line. An error may come before options are parsed."""
    words = sys.argv[1:]
    return not _FLAGS.isdisjoint(words[: words.index("--")] if "--" in words else words)


def print_json_error(error: PolicytrackError, code: str | None = None) -> None:
    """Print an error; `code` is for one that is not a `PolicytrackError` of its own class."""
    from policytrack.output.values import to_json

    click.echo(to_json(error_object(error, code)), err=True)


def error_object(error: PolicytrackError, code: str | None = None) -> dict[str, Any]:
    """Return an error as the JSON API has it, with its place, and with the findings of a refused import."""
    found: dict[str, Any] = {
        "error": code or error.code,
        "what": error.what,
        "place": None if error.place is None else str(error.place),
        "hint": error.hint,
        "candidates": list(error.candidates),
    }
    if isinstance(error, RejectedImport):
        found["findings"] = [error_object(one) for one in error.findings]
    return found
