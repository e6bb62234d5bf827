"""Reads the saved filters of `policytrack watch` from the settings of a ledger."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from policytrack.errors import IntegrityTrouble, Place, shortened
from policytrack.ledger_settings import line_of, read_values
from policytrack.questions.requests import WHAT

_FILTER_KEYS: Final = ("country", "activity", "what")
_FILTER_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def read_filters(settings: Path) -> dict[str, dict[str, list[str]]]:
    """Return the saved filters of `policytrack watch`: for each name, lists of values by filter.

    Raises what `read_settings` raises, and `IntegrityTrouble` for a filter or value that does not exist.
    """
    values, text = read_values(settings)
    saved = values.get("watch", {})
    if not isinstance(saved, dict):
        raise _wrong_filter(settings, text, "watch", "the setting watch is not a table")
    return {name: _filter_of(settings, text, name, given) for name, given in saved.items()}


def _filter_of(settings: Path, text: str, name: str, given: Any) -> dict[str, list[str]]:
    place = f"watch.{name}"
    if not _FILTER_NAME.fullmatch(name):
        raise _wrong_filter(settings, text, place, f"{shortened(name)!r} is not a name of a filter: use a-z, 0-9 and -")
    if not isinstance(given, dict):
        raise _wrong_filter(settings, text, place, f"the filter {name} is not a table")
    for key, value in given.items():
        words = [value] if isinstance(value, str) else value
        if key not in _FILTER_KEYS:
            raise _wrong_filter(settings, text, place, f"the filter {name} has an unknown key {shortened(key)!r}")
        if not isinstance(words, list) or not all(isinstance(word, str) and word for word in words):
            raise _wrong_filter(settings, text, place, f"{key} of the filter {name} is not a list of texts")
        if key == "what" and (other := next((word for word in words if word not in WHAT), None)) is not None:
            allowed = f"Allowed: {', '.join(WHAT)}"
            raise _wrong_filter(settings, text, place, f"{shortened(other)!r} is not a kind of news. {allowed}")
    return {key: [value] if isinstance(value := given.get(key, []), str) else list(value) for key in _FILTER_KEYS}


def _wrong_filter(settings: Path, text: str, key: str, what: str) -> IntegrityTrouble:
    example = f'a filter has {", ".join(_FILTER_KEYS)}, as in activity = ["crude-steel"]'
    return IntegrityTrouble(what, place=Place(str(settings), line_of(key, text)), hint=example)
