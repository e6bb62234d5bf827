"""Writes stored values as a person writes them, and compares two versions of an event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from policytrack.values.dates import shown_date

NOT_KEPT: Final = ("event_id", "known_on", "supersedes", "recorded_by")
"""Fields that a correction does not take from the event. The default of `known_on` depends on the reason."""
_BOUNDS: Final = {"at_least": ">= ", "at_most": "<= ", "more_than": "> "}
_NONE: Final = "–"


def as_text(value: Any) -> str:
    """Return a stored value as a person writes it: a source by its title, a date or quantity as its source wrote it."""
    if isinstance(value, list):
        return ", ".join(map(as_text, value))
    if isinstance(value, dict):
        if "title" in value:
            return str(value["title"])
        if "field_id" in value:
            return f"{value['field_id']}={value['value']}"
        if "edtf" in value:
            return shown_date(value)
        if "written" in value:
            return str(value["written"])
        if value.get("bound") in {"unknown", "withheld"}:
            return str(value["bound"])
        if value.get("at_most"):
            return " ".join([f"{value['value']}-{value['at_most']}", *filter(None, [value.get("unit")])])
        known = [str(value[key]) for key in ("value", "amount", "unit", "currency") if value.get(key)]
        if known:
            return _BOUNDS.get(str(value.get("bound")), "") + " ".join(known)
        return ",".join(f"{name}={as_text(part)}" for name, part in value.items())
    return str(value).lower() if isinstance(value, bool) else str(value)


@dataclass(frozen=True, slots=True)
class Change:
    """A field that a correction changes, with its values as text; `–` for none."""

    field: str
    before: str
    after: str


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """Return the fields in which a correction differs from the event that it corrects, both as stored.

    Each acknowledged check is a change of its own.
    """
    old, new = before.get("acknowledged", []), after.get("acknowledged", [])
    found = [Change("acknowledged", _NONE, f"{one['check']}: {one['reason']}") for one in new if one not in old]
    found += [Change("acknowledged", f"{one['check']}: {one['reason']}", _NONE) for one in old if one not in new]
    for name in dict.fromkeys((*before, *after)):
        if name in {*NOT_KEPT, "acknowledged", "schema_version"} - {"known_on"} or before.get(name) == after.get(name):
            continue
        texts = [as_text(values[name]) if name in values else _NONE for values in (before, after)]
        found.append(Change(name, *texts))
    return found
