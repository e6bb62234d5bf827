"""Converts country names in English and other languages to ISO 3166-1 codes.

Names are compared by letters and digits: accents, case, spaces, punctuation, "the" and "&" do not matter. English names
are in `events/reference/countries.csv`. `events/reference/names/countries.csv` has the names of Unicode CLDR in other
languages and the three-letter codes of ISO 3166-1, except names that two countries share.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final

from policytrack import resources
from policytrack.errors import InvalidId, Place
from policytrack.values.country_codes import COUNTRIES

_NEAR: Final = 85
"""The similarity in percent from which a name is suggested (rapidfuzz `ratio`)."""
_STATE: Final = re.compile(
    r"(?:the )?(?:(?:federal |islamic |people's |democratic |socialist |arab |oriental |united )*republic|kingdom|state"
    r"|commonwealth|principality|grand duchy|sultanate|union)s? of (?:the )?(.+)",
    re.I,
)
_SHARED_NAMES: Final = frozenset({"CN", "TW", "KR", "KP", "CG", "CD"})
"""Countries whose official names differ by one word (Republic of / Democratic People's Republic of Korea).

For these only the listed names match, never the short name inside an official one.
"""

_OF_SEVERAL: Final = {
    "congo": "CD (Kinshasa) and CG (Brazzaville)",
    "korea": "KR (South) and KP (North)",
    "saintmartin": "MF (the French part) and SX (Sint Maarten)",
    "virginislands": "VG (British) and VI (U.S.)",
}
"""Short names that two countries share, folded: each table means one of them, and only its author knows which."""


def country_code(name: str, place: Callable[[], Place]) -> str:
    """Return the ISO 3166-1 code for a country's name or code; XK is Kosovo.

    Raises `InvalidId` for a name of two countries, and for an unknown one, with a similar name if there is one.
    """
    plain = name.strip()
    if plain in COUNTRIES:
        return plain
    several = codes_of_several(plain)
    if several is not None:
        raise InvalidId(
            f"{plain[:60]!r} may be {several}",
            hint="write the code, or add the name to a table [values] of the map",
            place=place(),
        )
    code = code_of_name(plain)
    if code is not None:
        return code
    near = _near(fold(plain))
    close = f"did you mean {near}? Otherwise write" if near else "write"
    hint = f"{close} the code, or add the name to a table [values] of the map"
    raise InvalidId(f"no country is called {plain[:60]!r}", hint=hint, place=place())


def code_of_name(name: str) -> str | None:
    """Return the code of the country with this name; None if there is none or more than one."""
    folded = fold(name)
    if folded in _OF_SEVERAL:
        return None
    return _english().get(folded) or _others().get(folded) or _official(name.strip())


def codes_of_several(name: str) -> str | None:
    """Return the codes of the countries that share a short name, in words; None for any other name."""
    return _OF_SEVERAL.get(fold(name))


def fold(name: str) -> str:
    """Return the letters and digits of a name without accents and case, so that spellings of one name are equal."""
    plain = unicodedata.normalize("NFKD", name.replace("&", " and ")).casefold()
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    plain = re.sub(r"\bst\.? ", "saint ", re.sub(r"^the |, the$|\(the\)$", "", plain.strip()))
    return "".join(filter(str.isalnum, plain))


def _official(name: str) -> str | None:
    """Return the code of an official name such as ``Republic of Turkey``, by the short name in it."""
    official = _STATE.fullmatch(name.replace("’", "'"))
    code = _english().get(fold(official[1])) if official else None
    return None if code in _SHARED_NAMES else code


def _near(folded: str) -> str | None:
    from rapidfuzz import fuzz, process  # slow to load, and only errors need it

    match = process.extractOne(folded, _english().keys(), scorer=fuzz.ratio, score_cutoff=_NEAR)
    return _english()[match[0]] if match else None


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
