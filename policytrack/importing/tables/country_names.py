"""Countries by their names: in English as tables write them, and in other languages, as their codes.

A name is compared by its letters and digits: accents, case, spaces, punctuation, "the" and "&" do not matter. English
names are in `events/reference/countries.csv`; `events/reference/names/countries.csv` has those of Unicode CLDR in other
languages and the three-letter codes of ISO 3166-1, without those that two countries have.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final

from policytrack import resources
from policytrack.errors import InvalidId, Place
from policytrack.values.ids import COUNTRIES

_NEAR: Final = 85
"""How alike two names are in percent, at least, for one to be offered for the other."""
_STATE: Final = re.compile(
    r"(?:the )?(?:(?:federal |islamic |people's |democratic |socialist |arab |oriental |united )*republic|kingdom|state"
    r"|commonwealth|principality|grand duchy|sultanate|union)s? of (?:the )?(.+)",
    re.I,
)
_SHARED_NAMES: Final = frozenset({"CN", "TW", "KR", "KP", "CG", "CD"})
"""Countries whose official names differ from those of another by a word: only names that are listed are theirs."""


def country_code(name: str, place: Callable[[], Place]) -> str:
    """The ISO 3166-1 code of a country's name, or the code itself; XK is Kosovo.

    Raises `InvalidId`, with the name that is almost the same if there is one.
    """
    plain = name.strip()
    if plain in COUNTRIES:
        return plain
    folded = fold(plain)
    code = _english().get(folded) or _others().get(folded) or _official(plain)
    if code is not None:
        return code
    near = _near(folded)
    close = f"did you mean {near}? Or write" if near else "write"
    hint = f"{close} the code, or add it to a table [values] of the map"
    raise InvalidId(f"no country is called {plain[:60]!r}", hint=hint, place=place())


def fold(name: str) -> str:
    """The letters and digits of a name, without accents and case, so that spellings of one name are equal."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"\bst\.? ", "saint ", re.sub(r"^the |, the$|\(the\)$", "", plain.strip()))
    return "".join(filter(str.isalnum, plain))


def _official(name: str) -> str | None:
    """The code of an official name such as ``Republic of Turkey``, by the name in it."""
    found = _STATE.fullmatch(name.replace("’", "'"))
    code = _english().get(fold(found[1])) if found else None
    return None if code in _SHARED_NAMES else code


def _near(folded: str) -> str | None:
    from rapidfuzz import fuzz, process  # only an error needs it, and loading it takes time

    found = process.extractOne(folded, _english().keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return _english()[found[0]] if found else None


@cache
def _english() -> dict[str, str]:
    return {
        fold(name): row["country_code"]
        for row in resources.reference_table("countries")
        for name in (row["name"], *filter(None, row["other_names"].split("; ")))
    }


@cache
def _others() -> dict[str, str]:
    return {fold(row["name"]): row["country_code"] for row in resources.reference_table("names/countries")}
