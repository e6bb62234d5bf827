"""Checks filters by custom fields: an answer for a mistyped field or value would look like none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from policytrack.errors import NotFound, UsageError, shortened
from policytrack.values.field_values import Declaration


def check_fields(declared: Iterable[Mapping[str, Any]], wanted: Sequence[str], kind: str) -> None:
    """Check filters, each written `field=value`, for a list of firms, facilities or projects (`kind`).

    `declared` are the rows of the view `custom_field`. A project also has the fields of its facility. Raises
    `UsageError` for another form, field or value, and `NotFound` with near matches for an undeclared field.
    """
    rows = {row["field_id"]: row for row in declared}
    for one in wanted:
        field_id, equals, value = one.partition("=")
        if not equals or not value:
            raise UsageError(f"--field {shortened(one)!r} is not FIELD=VALUE", hint='for instance --field node="28 nm"')
        if field_id not in rows:
            raise _undeclared(field_id, list(rows))
        declaration = Declaration.of(rows[field_id])
        of = {kind, "facility"} if kind == "project" else {kind}
        if of.isdisjoint(declaration.applies_to):
            raise UsageError(
                f"--field {field_id}: the field is declared for {' and '.join(declaration.applies_to)}, not for {kind}",
                hint=f"filter another list, or correct the declaration to apply to {kind} too",
            )
        if (fault := declaration.fault(value)) is not None:
            raise UsageError(f"--field {field_id}: {fault[0]}", hint=fault[1])


def check_declared(declared: Iterable[Mapping[str, Any]], wanted: Sequence[str]) -> None:
    """Raise `NotFound`, with near matches, for a field that the ledger does not declare."""
    known = [row["field_id"] for row in declared]
    for field_id in wanted:
        if field_id not in known:
            raise _undeclared(field_id, known)


def _undeclared(field_id: str, known: list[str]) -> NotFound:
    from policytrack.values.ids import near_matches  # only for an error

    close = near_matches(field_id, known)
    listed = "list the declared fields with `policytrack sql 'FROM custom_field'`"
    hint = f"similar: {', '.join(close)}; nothing was chosen for you" if close else listed
    return NotFound(f"no field {shortened(field_id)!r} is declared", hint=hint, candidates=tuple(close))
