"""Escapes characters that a terminal does not show, or obeys: in messages, tables and rows."""

from __future__ import annotations

import rich_click as click

from policytrack.output.pretty import visible

__all__ = ["echo", "visible", "visible_lines"]


def echo(text: str, *, err: bool = False) -> None:
    """Print a line for a person, as `visible` shows it: it may hold text of a ledger or file of a stranger."""
    click.echo(visible(text), err=err)


def visible_lines(part: bytes) -> bytes:
    """Return lines of text in UTF-8 for a terminal, with unseen characters escaped as `visible` does."""
    lines = part.decode(errors="surrogateescape").split("\n")
    return "\n".join(map(visible, lines)).encode()
