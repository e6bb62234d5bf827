"""Countries by their names in English: the codes that tables leave out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from policytrack import resources
from policytrack.errors import InvalidId, Place
from policytrack.ids import COUNTRIES, near_matches


def country_code(name: str, place: Callable[[], Place]) -> str:
    """The ISO 3166-1 code of a country's name, or the code itself. Raises `InvalidId` with near matches."""
    plain = name.strip()
    if plain in COUNTRIES:
        return plain
    known = _codes()
    code = known.get(_folded(plain))
    if code is not None:
        return code
    near = near_matches(_folded(plain), known)
    close = f"did you mean {known[near[0]]}? Or write" if near else "write"
    hint = f"{close} the code, or add it to a table [values] of the map"
    raise InvalidId(f"no country is called {plain[:60]!r}", hint=hint, place=place())


def _folded(name: str) -> str:
    return " ".join(name.casefold().replace("’", "'").split())


@cache
def _codes() -> dict[str, str]:
    """The codes by the names of `events/reference/countries.csv`, folded."""
    return {
        _folded(name): row["country_code"]
        for row in resources.reference_table("countries")
        for name in (row["name"], *filter(None, row["other_names"].split("; ")))
    }
