"""Validates ids: policytrack's own slugs, and public codes of countries, regions and firms with their check digits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Annotated, Final

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from policytrack.errors import InvalidId
from policytrack.values.country_codes import COUNTRIES

LONGEST: Final = 80
"""The largest number of characters in a slug."""

_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
# At most 9 digits: no ledger has a billion events, and trackers use ids such as E100000131190.
_NUMBERED: Final = {"e": "an event's position", "i": "an import"}
_NUMBER: Final = re.compile("[ei][0-9]{1,9}")
_REGION: Final = re.compile(r"([A-Z]{2})-[A-Z0-9]{1,3}")
_LEI: Final = re.compile(r"[A-Z0-9]{18}[0-9]{2}")
# GB 32100-2015: digits and capitals without I, O, S, V and Z; the value of a character is its index here.
_CREDIT_CODE_CHARACTERS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_CODE: Final = re.compile(f"[{_CREDIT_CODE_CHARACTERS}]{{2}}[0-9]{{6}}[{_CREDIT_CODE_CHARACTERS}]{{10}}")
# Codes in wide use that are not in ISO 3166-1, with the hint for each.
_NOT_COUNTRIES: Final = {
    "UK": "write GB, the code of the United Kingdom",
    "EL": "write GR, the code of Greece",
    "EU": "name the member state: the European Union is not a country",
}


def suggest_slug(text: str) -> str:
    """Return the slug for a name: "Northern Jinlong" gives ``northern-jinlong``, "北方" an empty string."""
    plain = unicodedata.normalize("NFKD", text[: 4 * LONGEST]).casefold()
    plain = "".join(character for character in plain if not unicodedata.combining(character))
    return re.sub("[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].rstrip("-")


def check_slug(text: str) -> str:
    """Return the id if it is a slug: 1 to 80 lower-case letters and digits, joined by ``-``. Raises `InvalidId`."""
    if len(text) <= LONGEST and _SLUG.fullmatch(text):
        return text
    suggestion = suggest_slug(text)
    cure = f"write {suggestion}" if suggestion else "write for instance northern-jinlong"
    raise InvalidId(
        f"{_shown(text)} is not an id",
        hint=f"{cure}: lower-case letters and digits joined by '-', at most {LONGEST} characters",
    )


def numbered_thing(id_: str) -> str:
    """Return of what an id has the form: of an event's position, such as ``e14``, or of an import, such as ``i3``.

    Empty for any other id. Commands would take such an id for the event or the import.
    """
    return _NUMBERED[id_[0]] if _NUMBER.fullmatch(id_) else ""


def check_country(text: str) -> str:
    """Return the code if it is an ISO 3166-1 alpha-2 code in capitals. Raises `InvalidId`."""
    if text in COUNTRIES:
        return text
    raise InvalidId(f"{_shown(text)} is not an ISO 3166-1 country code", hint=_country_cure(text))


def _country_cure(text: str) -> str:
    """Return what to write in place of an unknown country code, such as the code of the country that the text names."""
    wanted = text.strip().upper()
    if wanted in COUNTRIES or wanted in _NOT_COUNTRIES:
        return _NOT_COUNTRIES.get(wanted, f"write {wanted}")
    from policytrack.values.country_names import code_of_name, codes_of_several  # read for errors and maps only

    code, several = code_of_name(text), codes_of_several(text)
    if several:
        return f"write the code: {several}"
    return f"write {code}" if code else "write a two-letter code in capitals, for instance CN"


def check_region(text: str) -> str:
    """Return the code if it has the form of ISO 3166-2, such as ``CN-NM``: a known country, then 1 to 3 characters.

    The subdivision itself is checked only for the countries in `subdivisions.py`, when an event is validated. Raises
    `InvalidId`.
    """
    code = _REGION.fullmatch(text)
    if code and code[1] in COUNTRIES:
        return text
    raise InvalidId(f"{_shown(text)} is not an ISO 3166-2 region code", hint=_region_cure(text.strip().upper()))


def _region_cure(wanted: str) -> str:
    code = _REGION.fullmatch(wanted)
    if code and code[1] in COUNTRIES:
        return f"write {wanted}"
    from policytrack.values.subdivisions import SUBDIVISIONS  # read for errors only

    countries = [country for country, regions in SUBDIVISIONS.items() if wanted in regions]
    if countries and len(countries) <= 3:
        return f"write country and region: {' or '.join(f'{country}-{wanted}' for country in countries)}"
    return "write country and region, for instance CN-NM"


def check_lei(text: str) -> str:
    """Return the text if it is a legal entity identifier (ISO 17442) with valid check digits. Raises `InvalidId`.

    Source: ISO 7064, MOD 97-10: with letters as A = 10 to Z = 35, the 20 characters form a number that is 1 modulo 97.
    """
    if not _LEI.fullmatch(text):
        raise InvalidId(
            f"{_shown(text)} is not an LEI",
            hint="write 18 capitals or digits and two check digits, without spaces",
        )
    if int("".join(str(int(character, 36)) for character in text)) % 97 != 1:
        raise InvalidId(f"the check digits of the LEI {text} do not match", hint="compare it with the source")
    return text


def check_unified_social_credit_code(text: str) -> str:
    """Return the text if it is a unified social credit code of China with a valid check character. Raises `InvalidId`.

    Source: GB 32100-2015: the values of the 18 characters, weighted with powers of 3 modulo 31, add up to 0 modulo 31.
    """
    if not _CREDIT_CODE.fullmatch(text):
        raise InvalidId(
            f"{_shown(text)} is not a unified social credit code",
            hint="write 18 digits and capitals without I, O, S, V and Z; characters 3 to 8 must be digits",
        )
    values = [_CREDIT_CODE_CHARACTERS.index(character) for character in text]
    total = sum(value * pow(3, place, 31) for place, value in enumerate(values[:17]))
    if (total + values[17]) % 31:
        raise InvalidId(
            f"the check character of the unified social credit code {text} does not match",
            hint="compare it with the source",
        )
    return text


def near_matches(wanted: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the most similar known texts, best first. They are suggestions: callers must not choose one silently."""
    from rapidfuzz import fuzz, process, utils  # slow to load, and only errors need it

    plain = utils.default_process
    # One or two letters are a part of almost every id: only texts of a similar length are suggested for them.
    longest = len(wanted) * (4 if len(wanted) < 3 else LONGEST)
    matches = process.extract(
        wanted,
        sorted(one for one in set(known) if len(one) <= longest),
        scorer=fuzz.WRatio,
        processor=plain,
        limit=4 * limit,
        score_cutoff=60,
    )
    # WRatio scores a long id with a matching part as high as a short one with a typo. Adding the ratio of the whole
    # texts puts the typo first.
    scored = [(score + fuzz.ratio(wanted, choice, processor=plain), choice) for choice, score, _ in matches]
    return tuple(choice for _, choice in sorted(scored, key=lambda one: -one[0])[:limit])


def _shown(text: str) -> str:
    """Quote and shorten a text for a message."""
    return repr(text if len(text) <= LONGEST else text[:LONGEST] + "…")


def _validator(check: Callable[[str], str]) -> AfterValidator:
    """Wrap a check as a pydantic validator: `InvalidId` becomes an error of type ``invalid_id``.

    Valid ids are cached, because a file names the same ids in most of its rows.
    """

    @lru_cache(maxsize=16_384)
    def validate(text: str) -> str:
        try:
            return check(text)
        except InvalidId as error:
            # `what` must be last: pydantic substitutes the names in order, and a user's text may contain "{hint}".
            raise PydanticCustomError("invalid_id", "{what}", {"hint": error.hint, "what": error.what}) from error

    return AfterValidator(validate)


Slug = Annotated[
    str,
    _validator(check_slug),
    WithJsonSchema({"type": "string", "pattern": f"^{_SLUG.pattern}$", "minLength": 1, "maxLength": LONGEST}),
]
"""The id of a firm, facility, project, swap, lot, rule, quota or activity."""

CountryCode = Annotated[str, _validator(check_country), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
"""A country of ISO 3166-1 alpha-2, or XK for Kosovo: ``CN``."""

RegionCode = Annotated[
    str, _validator(check_region), WithJsonSchema({"type": "string", "pattern": f"^{_REGION.pattern}$"})
]
"""A region of ISO 3166-2: ``CN-NM``."""

Lei = Annotated[str, _validator(check_lei), WithJsonSchema({"type": "string", "pattern": f"^{_LEI.pattern}$"})]
"""A legal entity identifier of ISO 17442."""

UnifiedSocialCreditCode = Annotated[
    str,
    _validator(check_unified_social_credit_code),
    WithJsonSchema({"type": "string", "pattern": f"^{_CREDIT_CODE.pattern}$"}),
]
"""A unified social credit code of GB 32100-2015."""
