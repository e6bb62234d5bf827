"""Parses dates in a form that a file declares: ``DD/MM/YYYY``, ``YYYYMMDD``, ``D MMM YYYY``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from policytrack.errors import InvalidDate

HINT: Final = "write the form with YYYY, MM or M or MMM, and DD or D, for instance DD/MM/YYYY, YYYYMMDD or MM/YYYY"

_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_TOKENS: Final = {
    "YYYY": r"(?P<year>[0-9]{4})",
    "MMM": r"(?P<name>(?ai:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?)",
    "MM": r"(?P<month>[0-9]{1,2})",
    "M": r"(?P<month>[0-9]{1,2})",
    "DD": r"(?P<day>[0-9]{1,2})",
    "D": r"(?P<day>[0-9]{1,2})",
}
_TOKEN: Final = re.compile("YYYY|MMM|MM|M|DD|D")
_UNORDERED: Final = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-]([0-9]{4}|[0-9]{2})")
_MIDNIGHT: Final = r"(?:[ T]0{1,2}:00(?::00(?:\.0+)?)?)?"


@lru_cache(maxsize=64)
def date_form(form: str) -> re.Pattern[str]:
    """Return the pattern of a form. Raises `InvalidDate` for a form without a year, or with a part twice."""
    parts = [part[0] for part in _TOKEN.finditer(form)]
    kinds = [part[0] for part in parts]
    rest = _TOKEN.sub("", form)
    is_twice = len(set(kinds)) != len(kinds)
    if "Y" not in kinds or is_twice or ("D" in kinds and "M" not in kinds) or any(map(str.isalnum, rest)):
        raise InvalidDate(f"{form[:40]!r} is not a date form", hint=HINT)
    is_tight = not rest
    pattern, end = "", 0
    for part in _TOKEN.finditer(form):
        token = _TOKENS[part[0]]
        # Without separators every part needs its full width: 1112026 may be 1 November or 11 January.
        token = token.replace("{1,2}", "{2}") if is_tight else token
        pattern += re.escape(form[end : part.start()]) + token
        end = part.end()
    return re.compile(pattern + re.escape(form[end:]) + _MIDNIGHT)


def in_iso(text: str, form: str) -> str:
    """Convert a date of the form to YYYY, YYYY-MM or YYYY-MM-DD; return any other text unchanged.

    Raises `InvalidDate` for day and month as numbers with other separators, since their writer may have meant
    another order, and for a year of two digits.
    """
    match = date_form(form).fullmatch(" ".join(text.split()))
    if match is None:
        if day := _UNORDERED.fullmatch(text.strip()):
            what, hint = (
                f"{text!r} is not of the form {form}",
                "write it as YYYY-MM-DD, or with the separators of the form",
            )
            if len(day[1]) == 2:
                raise InvalidDate(f"{what}: its year has two digits", hint="write the year with four digits")
            raise InvalidDate(f"{what}, and the order of its day and month is ambiguous", hint=hint)
        return text
    parts = match.groupdict()
    month = parts.get("month") or ""
    if name := parts.get("name"):
        month = str(_MONTHS.index(name[:3].casefold()) // 3 + 1)
    return "-".join(part.zfill(2) for part in (parts["year"], month, parts.get("day")) if part)
