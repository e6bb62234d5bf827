"""Parses dates in the words of sources: "late 2026", "2026年底前", "27-Oct-2025", "FY2026-27 India".

`WORDINGS` and `FISCAL_YEARS` are tables of conventions. An event stores the EDTF code that its words had when it was
recorded, so a later version of the tables does not change history. A text with two readings is refused with a hint.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, NamedTuple

from policytrack.values.edtf import GROUP_FORMS, Reading, month_end, read_edtf, read_single


def _quarter(number: int, which: str, nth: str, han: str) -> str:
    q = f"q{number}"
    words = f"{which} quarter, {nth} quarter, the {which} quarter, the {nth} quarter".split(", ")
    return _listed(
        *(f"{q} Y|{q}/Y|{q}-Y|{q}, Y|{q} of Y|{number}q Y|{number}qY|Y{q}|Y {q}|Y/{q}".split("|")),
        *(f"{form}{of} Y" for form in words for of in ("", " of")),
        f"Y年{han}季度",
        f"Y年第{han}季度",
        f"Y年第{number}季度",
    )


def _half(number: int, which: str, han: str) -> str:
    h = f"h{number}"
    short = f"{h} Y|{h}/Y|{h}-Y|{h} of Y|{number}h Y|{number}hY|Y{h}|Y {h}|Y/{h}".split("|")
    nth = "1st" if number == 1 else "2nd"
    words = (f"{which} half", f"{which} half of", f"the {which} half of", f"{nth} half", f"{nth} half of")
    return _listed(*short, *(f"{form} Y" for form in words), han)


def _season(form: str) -> str:
    plain = form.removesuffix(" Y")
    forms = [form, f"{plain} of Y", f"the {plain} of Y", f"Y {plain}"]
    return _listed(*forms, *(one.replace("autumn", "fall") for one in forms if "autumn" in one))


def _listed(*forms: str) -> str:
    return " | ".join(forms)


WORDINGS: Final[Mapping[str, str]] = {
    "Y": "Y年 | Y年内",
    "Y~": "around Y | about Y | circa Y | c. Y",
    "Y-01": "start of Y | the start of Y | beginning of Y | the beginning of Y | Y年初",
    "Y-12": "end-Y | end Y | end of Y | the end of Y | year-end Y | year end Y | Y年底 | Y年末",
    "Y-05/Y-08": "mid-Y | mid Y | middle of Y | the middle of Y | Y年中",
    "Y-33": f"early Y | early-Y | {_quarter(1, 'first', '1st', '一')}",
    "Y-34": _quarter(2, "second", "2nd", "二"),
    "Y-35": _quarter(3, "third", "3rd", "三"),
    "Y-36": f"late Y | late-Y | {_quarter(4, 'fourth', '4th', '四')}",
    "Y-40": _half(1, "first", "Y年上半年"),
    "Y-41": _half(2, "second", "Y年下半年"),
    **{f"Y-{code}": _season(form) for code, form in GROUP_FORMS.items() if code < 33},
    **{f"Y-{code}": GROUP_FORMS[code] for code in (37, 38, 39)},
    "../Y-12-31": "Y年底前 | Y年末前 | Y年底之前 | Y年底以前",
    "Y/..": "Y onwards | Y onward",
}
"""Wordings with a year Y, by their EDTF code. Lower case, single spaces.

"early" and "late" mean the first and the last quarter, "mid" May to August; see docs/decisions.md.
"""


class FiscalYear(NamedTuple):
    """The fiscal year of a country: its first month, and the calendar year that it is named after."""

    first_month: int
    named_by: str
    """``first`` or ``last``: the calendar year that a single year such as FY26 names; ``both``: usage varies, so only
    two years (FY2026-27) are unambiguous."""


FISCAL_YEARS: Final[Mapping[str, FiscalYear]] = {
    "india": FiscalYear(4, "last"),
    "japan": FiscalYear(4, "first"),
    "singapore": FiscalYear(4, "first"),
    "usa": FiscalYear(10, "last"),
    "australia": FiscalYear(7, "last"),
    "new zealand": FiscalYear(7, "last"),
    "pakistan": FiscalYear(7, "last"),
    "bangladesh": FiscalYear(7, "last"),
    "egypt": FiscalYear(7, "both"),
    "uk": FiscalYear(4, "both"),
    "canada": FiscalYear(4, "both"),
    "south africa": FiscalYear(4, "both"),
    "hong kong": FiscalYear(4, "both"),
}
"""Fiscal years of governments, and of firms where they follow one convention."""

_COUNTRY_NAMES: Final = {name: name for name in FISCAL_YEARS} | {
    "united states": "usa",
    "us": "usa",
    "united kingdom": "uk",
    "gb": "uk",
    "in": "india",
    "jp": "japan",
    "sg": "singapore",
    "au": "australia",
    "nz": "new zealand",
    "pk": "pakistan",
    "bd": "bangladesh",
    "eg": "egypt",
    "ca": "canada",
    "za": "south africa",
    "hk": "hong kong",
}
_MEANING: Final = {form: edtf for edtf, forms in WORDINGS.items() for form in forms.split(" | ")}
_MONTHS: Final = "janfebmaraprmayjunjulaugsepoctnovdec"
_MONTH: Final = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_YEAR: Final = re.compile(r"(?<![0-9])[0-9]{4}(?![0-9])")
_NAMED_MONTH: Final = re.compile(rf"(?<![a-z]){_MONTH}(?![a-z])")
_WEEKDAY: Final = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? ")
_FLAT: Final = re.compile(
    rf"(?:(?P<part>early|mid|middle|late|start|beginning|end) )?(?:(?P<before>[0-9]{{1,2}}) )?{_MONTH}"
    r"(?: (?P<after>[0-9]{1,2}))? (?P<year>[0-9]{4})"
)
_YEAR_FIRST: Final = re.compile(rf"(?P<year>[0-9]{{4}}) {_MONTH}(?: (?P<after>[0-9]{{1,2}}))?")
_CHINESE: Final = re.compile(
    r"([0-9]{4})年([0-9]{1,2})月份?(?:([0-9]{1,2})[日号]|(上旬|中旬|下旬|初|底|末))?(之前|以前|前)?"
)
_TEN_DAYS: Final = {
    **dict.fromkeys(("early", "start", "beginning", "上旬", "初"), (1, 10)),
    **dict.fromkeys(("mid", "middle", "中旬"), (11, 20)),
    **dict.fromkeys(("late", "end", "下旬", "底", "末"), (21, None)),
}
_END_OF: Final = re.compile(r"(?:the )?(end|start|beginning)(?: of |-| )(.+)")
_RELATION: Final = re.compile(r"(by|on or before|no later than|not later than|before|prior to|from|since|after) (.+)")
_YEAR_FIRST_DIGITS: Final = re.compile(r"([0-9]{4})([-/.]) ?([0-9]{1,2})\2 ?([0-9]{1,2})\.?")
_YEAR_MONTH: Final = re.compile(r"([0-9]{4})[-/]([0-9]{1,2})|([0-9]{1,2})[-/]([0-9]{4})")
_UNORDERED: Final = re.compile(r"[0-9]{1,2}([-/.])[0-9]{1,2}\1(?:[0-9]{4}|[0-9]{2})")
_WITH_TIME: Final = re.compile(r"(.*[0-9])(?: |t)([0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)( ?z| ?[+-][0-9:]+)?")
_YEAR_PAIR: Final = re.compile(r"([0-9]{4})([-/])([0-9]{2}|[0-9]{4})")
_COUNTRY: Final = "|".join(map(re.escape, _COUNTRY_NAMES))
_FISCAL: Final = re.compile(
    rf"(?:(?P<leading>{_COUNTRY}) )?(?P<sign>fy|fiscal year|financial year|fiscal) ?'?(?P<first>[0-9]{{4}}|[0-9]{{2}})"
    rf"(?:[-/](?P<last>[0-9]{{2}}|[0-9]{{4}}))?(?:,? \(?(?P<country>{_COUNTRY})\)?)?"
)
_FISCAL_PAIR: Final = re.compile(
    rf"(?P<first>[0-9]{{4}})[-/](?P<last>[0-9]{{2}}|[0-9]{{4}}),? \(?(?P<country>{_COUNTRY})\)?"
)


class Doubt(ValueError):
    """A text with more than one reading; `hint` says what to write instead."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def check_years(text: str) -> None:
    """Raise `Doubt` for two consecutive years such as ``2033-34``: a fiscal year, or the EDTF code of a quarter."""
    pair = _YEAR_PAIR.fullmatch(text)
    if pair is None or int(pair[3]) % 100 != (int(pair[1]) + 1) % 100:
        return
    is_interval = pair[2] == "/" and len(pair[3]) == 4
    is_month = pair[2] == "-" and len(pair[3]) == 2 and int(pair[3]) <= 12
    if is_interval or is_month:
        return
    raise Doubt("it may be a fiscal year", _fiscal_hint(int(pair[1])))


def read_words(text: str) -> Reading | None:
    """Parse words in lower case with single spaces; return None when no form matches.

    Raises `Doubt` for a text with two readings, and `ValueError` for a day that does not exist.
    """
    plain = re.sub(r"^(?:in|during|within|on) (?=[a-z0-9])(?!or )", "", text.replace("–", "-"))
    plain = re.sub(r"(?<!fiscal )(?<!financial )\b(?:the )?(?:calendar )?year (?=[0-9]{4}$)", "", plain)
    if relation := _RELATION.fullmatch(plain):
        return _read_relation(relation[1], relation[2])
    return _read_period(plain)


def with_fiscal_country(text: str, country: str) -> str:
    """Append the country to a fiscal year without one, such as ``2033-34`` or ``FY26``; else return the text."""
    plain = " ".join(text.split()).casefold().replace("–", "-")
    fiscal = _FISCAL.fullmatch(plain)
    is_bare = fiscal is not None and not (fiscal["country"] or fiscal["leading"])
    if not is_bare:
        try:
            check_years(plain)
        except Doubt:
            is_bare = True
    return f"{text} {country}" if is_bare else text


def fiscal_country(name: str) -> str | None:
    """Return the name of a country in `FISCAL_YEARS` from its name or code; None for any other."""
    country = _COUNTRY_NAMES.get(" ".join(name.split()).casefold())
    return country.upper() if country in ("usa", "uk") else country.title() if country else None


def _read_period(text: str) -> Reading | None:
    if year := _YEAR.search(text):
        meaning = _MEANING.get(text.replace(year[0], "Y"))
        if meaning is not None:
            return read_edtf(meaning.replace("Y", year[0]))
    for read in (_read_fiscal, _read_chinese, _read_named_month, _read_digits, _read_edge):
        if (reading := read(text)) is not None:
            return reading
    return None


def _read_relation(relation: str, rest: str) -> Reading | None:
    """Parse a deadline or a start: ``by end-2026``, ``before 2027``, ``from 2026 on``, ``after Q3 2026``.

    The result is an open interval: an event due "by end-2026" may happen on any day until then.
    """
    rest = re.sub(" on(?:wards?)?$", "", rest) if relation in ("from", "since") else rest
    check_years(rest)
    period = read_edtf(rest.upper()) or (None if _RELATION.fullmatch(rest) else _read_period(rest))
    if period is None or period.earliest is None or period.latest is None:
        return None
    is_end = re.match(r"(?:the )?(?:end|year.end)\b", rest) is not None or rest.endswith(("底", "末"))
    is_start = re.match(r"(?:the )?(?:start|beginning)\b", rest) is not None or rest.endswith("初")
    is_part = re.match(r"(?:the )?(?:early|mid|middle|late|around|about|circa|c\.)", rest) is not None
    is_part = is_part or re.search(r"-(?:2[1-9]|3[0-2])$|[~?%X]", period.edtf) is not None
    if relation in ("from", "since"):
        return read_edtf(f"{period.earliest}/..") if "/" in period.edtf else read_edtf(f"{period.edtf}/..")
    if relation == "after":
        first = period.earliest if is_start or is_part else period.latest + timedelta(days=1)
        return read_edtf(f"{first}/..")
    if relation in ("before", "prior to") and not is_end:
        if is_part and not is_start:
            raise Doubt("its last day is uncertain", "write the last day: ../YYYY-MM-DD or 'by …'")
        return read_edtf(f"../{period.earliest - timedelta(days=1)}")
    if relation == "by" and (period.latest - period.earliest).days >= 364:
        raise Doubt("it may mean the start or the end of the year", "write 'by end-2026' or 'before 2026'")
    return read_edtf(f"../{period.latest}")


def _read_edge(text: str) -> Reading | None:
    """Parse the end or start of a quarter, half or other period of 3 to 12 months as its last or first month."""
    edge = _END_OF.fullmatch(text)
    if edge is None:
        return None
    period = read_edtf(edge[2].upper()) or _read_period(edge[2])
    if period is None or period.earliest is None or period.latest is None:
        return None
    day = period.latest if edge[1] == "end" else period.earliest
    is_long = 80 < (period.latest - period.earliest).days < 370
    return read_single(f"{day.year:04}-{day.month:02}") if is_long else None


def _read_named_month(text: str) -> Reading | None:
    text = _WEEKDAY.sub("", text, count=1) if _WEEKDAY.match(text) else text
    if not _NAMED_MONTH.search(text):
        return None
    flat = re.sub(r"(?<=[0-9])(?:st|nd|rd|th)\b|\bof\b|\bthe\b", "", re.sub("[-,./]", " ", text))
    flat = " ".join(flat.split())
    match = _FLAT.fullmatch(flat) or _YEAR_FIRST.fullmatch(flat)
    if match is None:
        if re.fullmatch(rf"(?:[0-9]{{1,2}} )?{_MONTH} [0-9]{{2}}", flat):
            hint = "write the year with four digits: 2019-10 or 2019-10-27"
            raise Doubt("its year has two digits or is missing", hint)
        if re.fullmatch(rf"(?:[0-9]{{1,2}} )?{_MONTH}(?: [0-9])?", flat):
            raise Doubt("it has no year", "write the year: 2019-10-27")
        return None
    parts = match.groupdict()
    day = parts.get("before") or parts.get("after")
    if (parts.get("before") and parts.get("after")) or (day and parts.get("part")):
        return None
    month = _MONTHS.index(parts["name"][:3]) // 3 + 1
    if parts.get("part"):
        return _ten_days(int(parts["year"]), month, parts["part"])
    return read_single("-".join(part.zfill(2) for part in (parts["year"], str(month), day) if part))


def _read_chinese(text: str) -> Reading | None:
    match = _CHINESE.fullmatch(text)
    if match is None:
        return None
    year, month, day, part, before = match.groups()
    if part:
        reading = _ten_days(int(year), int(month), part)
    else:
        reading = read_single("-".join(one.zfill(2) for one in (year, month, day) if one))
    if before and not (day or part in ("底", "末")):
        raise Doubt("it may include or exclude the period itself", "write the last day: ../YYYY-MM-DD")
    return read_edtf(f"../{reading.latest}") if before and reading else reading


def _ten_days(year: int, month: int, part: str) -> Reading | None:
    """Return a third of a month, as Chinese and business English divide it: days 1 to 10, 11 to 20, and the rest."""
    if not 1 <= month <= 12:
        raise ValueError(f"there is no month {month}")
    first, last = _TEN_DAYS[part]
    return read_edtf(f"{year:04}-{month:02}-{first:02}/{month_end(year, month, last)}")


def _read_digits(text: str) -> Reading | None:
    if with_time := _WITH_TIME.fullmatch(text):
        # Midnight without a zone is how spreadsheets write a plain day; any other time may be another civil day.
        if with_time[3] or re.search("[1-9]", with_time[2]):
            raise Doubt("it has a time of day", "write the civil day: YYYY-MM-DD")
        return read_edtf(with_time[1].upper()) or _read_digits(with_time[1])
    if day := _YEAR_FIRST_DIGITS.fullmatch(text):
        return read_single(f"{day[1]}-{day[3].zfill(2)}-{day[4].zfill(2)}")
    check_years(text)
    if parts := _YEAR_MONTH.fullmatch(text):
        year, month = (parts[1], parts[2]) if parts[1] else (parts[4], parts[3])
        return read_single(f"{year}-{month.zfill(2)}") if 1 <= int(month) <= 12 else None
    if _UNORDERED.fullmatch(text):
        hint = "write YYYY-MM-DD; for a table, use --date-form DD/MM/YYYY or, in a map, [table] date"
        raise Doubt("the order of day and month is ambiguous", hint)
    if re.fullmatch("[0-9]{8}", text):
        hint = "write YYYY-MM-DD; for a table, use --date-form YYYYMMDD or, in a map, [table] date"
        raise Doubt("it is a number of eight digits", hint)
    return None


def _read_fiscal(text: str) -> Reading | None:
    match = _FISCAL.fullmatch(text) or _FISCAL_PAIR.fullmatch(text)
    if match is None:
        return None
    first = int(match["first"]) + (2000 if len(match["first"]) == 2 else 0)
    names: Iterable[str | None] = (match["country"], match.groupdict().get("leading"))
    country = next(filter(None, names), None)
    if match["last"] and int(match["last"]) % 100 != (first + 1) % 100:
        raise ValueError("the two years of a fiscal year must be consecutive")
    if country is None:
        hint = _fiscal_hint(first if match["last"] else first - 1, is_single=not match["last"])
        raise Doubt("the first month of a fiscal year depends on the country", hint)
    month, named_by = FISCAL_YEARS[_COUNTRY_NAMES[country]]
    if not match["last"] and named_by == "both":
        hint = f"write both years: FY{first}-{(first + 1) % 100:02} {country}"
        raise Doubt("a single year may name either of two fiscal years", hint)
    if not match["last"] and named_by == "last":
        first -= 1
    end = month_end(first, month + 11)
    return read_edtf(f"{first:04}-{month:02}/{end.year:04}-{end.month:02}")


def _fiscal_hint(year: int, *, is_single: bool = False) -> str:
    label = f"FY{year + 1}" if is_single else f"FY{year}-{(year + 1) % 100:02}"
    return (
        f"write '{label} India' for {year}-04/{year + 1}-03, another country of `policytrack help dates`, or the months"
        " themselves; for a table, use --fiscal-year"
    )
