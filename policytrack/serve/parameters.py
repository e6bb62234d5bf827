"""Reads the parameters of an address: coordinates and filters, each declared once with its meaning.

The same declarations make the OpenAPI document and the forms of the pages.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal, get_args

from policytrack.errors import NotFound, UsageError, shortened
from policytrack.readmodel.coordinates import Coordinates
from policytrack.values.choices import ASSERTIONS, StakeKind
from policytrack.values.dates import parse_day, parse_period_end

LONGEST: Final = 300
"""Characters of a value. Longer ones are refused, and are not looked up."""
MOST_VALUES: Final = 100
"""Values of one parameter."""
MOST_ROWS: Final = 100_000
"""Largest `limit` of an answer of the API; files have all rows."""
_MOST_DIGITS: Final = 18

Kind = Literal["text", "day", "period", "flag", "number", "position"]
Pairs = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of an address: its name, what it means, and which values it takes.

    `filter` is the name of the filter of the query, where it is another than `name`. A parameter with `many` may be
    given several times.
    """

    name: str
    meaning: str
    kind: Kind = "text"
    choices: tuple[str, ...] = ()
    many: bool = False
    filter: str = ""
    is_required: bool = False


COORDINATES: Final = (
    Parameter(
        "as_of", "Valid date: the world as it was on this date. A month or year means its last day. Today if missing.",
        "period",
    ),
    Parameter("known_at", "Knowledge date: only information public by this date. Today if missing.", "period"),
    Parameter("head", "Replay the ledger up to this event: e14 or 14. The last event if missing.", "position"),
    Parameter("dates", "Count an event with a vague date from this end of it.", choices=("latest", "earliest")),
    Parameter(
        "include", "Count shares of this kind as well as issued shares, in holdings.",
        choices=tuple(kind for kind in get_args(StakeKind) if kind != "issued"), many=True,
    ),
    Parameter("perimeter_day", "Use the groups of this day in holdings. The day of as_of if missing.", "period"),
    Parameter(
        "assertion", "Fold only events of this assertion. This changes the figures. All if missing.",
        choices=ASSERTIONS, many=True,
    ),
    Parameter(
        "min_sources_folded", "Fold only events with this many independent sources. This changes the figures.", "number"
    ),
)  # fmt: skip
"""The coordinates that every answer has."""
PAGING: Final = (
    Parameter("start", "Number of rows to skip.", "number"),
    Parameter("limit", f"Most rows to return, up to {MOST_ROWS:,}.", "number"),
)


def coordinates_of(pairs: Pairs, today: date) -> Coordinates:
    """Return the coordinates that an address holds. Raises `UsageError` or `InvalidDate`."""
    names = {parameter.name for parameter in COORDINATES}
    given = values_of(COORDINATES, [pair for pair in pairs if pair[0] in names], today)
    dates: Literal["latest", "earliest"] = "earliest" if given["dates"] == "earliest" else "latest"
    return Coordinates(
        as_of=given["as_of"] or today,
        known_at=given["known_at"] or today,
        dates=dates,
        include=tuple(dict.fromkeys(given["include"])),
        head=given["head"],
        perimeter=given["perimeter_day"],
        assertions=tuple(name for name in ASSERTIONS if name in given["assertion"]),
        min_sources_folded=given["min_sources_folded"] or 0,
    )


def values_of(parameters: Iterable[Parameter], pairs: Pairs, today: date) -> dict[str, Any]:
    """Return the value of each parameter, by the name of its filter: lists for those with `many`, else one or None.

    An empty value counts as not given, as forms send it. Raises `UsageError` for a parameter that does not exist, for
    one that is given twice or is missing, and for a wrong value; `InvalidDate` for a wrong date.
    """
    known = {parameter.name: parameter for parameter in parameters}
    given: dict[str, list[str]] = {}
    for name, value in pairs:
        if name not in known:
            raise _unknown(name, list(known))
        if value:
            given.setdefault(name, []).append(value)
    return {
        parameter.filter or name: _values(parameter, given.get(name, []), today) for name, parameter in known.items()
    }


def _unknown(name: str, known: list[str]) -> UsageError:
    from policytrack.values.ids import near_matches

    close = near_matches(shortened(name), known)
    hint = f"did you mean {close[0]}?" if close else f"the parameters are: {', '.join(sorted(known))}"
    return UsageError(f"there is no parameter {shortened(name)!r} here", hint=hint)


def _values(parameter: Parameter, texts: list[str], today: date) -> Any:
    if len(texts) > (MOST_VALUES if parameter.many else 1):
        raise UsageError(
            f"the parameter {parameter.name} is given {len(texts)} times",
            hint=f"give it at most {MOST_VALUES} times" if parameter.many else "give it once",
        )
    if not texts and parameter.is_required:
        raise UsageError(f"the parameter {parameter.name} is missing", hint=f"add ?{parameter.name}= to the address")
    found = [_value(parameter, text, today) for text in texts]
    if parameter.many:
        return found
    return found[0] if found else (False if parameter.kind == "flag" else None)


def _value(parameter: Parameter, text: str, today: date) -> Any:
    if len(text) > LONGEST and parameter.name != "q":
        raise UsageError(
            f"the value of {parameter.name} has {len(text):,} characters: {shortened(text)!r}",
            hint=f"give at most {LONGEST} characters",
        )
    if "\x00" in text:
        raise UsageError(f"the value of {parameter.name} has a NUL character", hint="remove it")
    if parameter.choices and text not in parameter.choices:
        raise UsageError(
            f"{shortened(text)!r} is not an allowed value of {parameter.name}",
            hint=f"allowed: {', '.join(parameter.choices)}",
        )
    if parameter.kind == "period":
        return parse_period_end(text, today)
    if parameter.kind == "day":
        return parse_day(text)
    if parameter.kind == "flag":
        return _flag(parameter.name, text)
    if parameter.kind in ("number", "position"):
        return _number(parameter, text)
    return text


def _flag(name: str, text: str) -> bool:
    if text not in ("true", "false", "1", "0"):
        raise UsageError(f"{shortened(text)!r} is not an allowed value of {name}", hint="use true or false")
    return text in ("true", "1")


def _number(parameter: Parameter, text: str) -> int:
    digits = text.removeprefix("e") if parameter.kind == "position" else text
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= _MOST_DIGITS):
        example = "e14 or 14" if parameter.kind == "position" else "a whole number, such as 100"
        raise UsageError(f"{shortened(text)!r} is not an allowed value of {parameter.name}", hint=f"use {example}")
    return int(digits)


def paging_of(given: dict[str, Any], usual: int) -> tuple[int, int]:
    """Take `start` and `limit` out of the values of an address, and return them. Raises `UsageError`."""
    start, limit = given.pop("start", None) or 0, given.pop("limit", None)
    if limit is not None and not 1 <= limit <= MOST_ROWS:
        raise UsageError(
            f"{limit} is not an allowed value of limit", hint=f"use 1 to {MOST_ROWS:,}, or download a file: it has all"
        )
    return start, limit or usual


def nothing_at(path: str) -> NotFound:
    """Return the error for an address that does not exist."""
    return NotFound(f"there is no page {shortened(path)!r}", hint="start at / or search for a name at /search")
