"""Writes a first map of a table for the user to finish, from its column names and sample values.

Only what the file itself shows becomes a line in force: the sheet, the header row, the form of dates, the decimal mark.
Events are comments, so that an unfinished map imports nothing.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from policytrack.errors import PolicytrackError
from policytrack.importing.formats.table import Record, tidy_name
from policytrack.importing.tables.header_units import is_unit, unit_text

FILL_IN: Final = "FILL IN"
"""Marks every line that the user has to complete."""
HEADER_WITHIN: Final = 20
"""The first rows, among which the header is looked for."""
_MOST_WORDS: Final = 30
_MOST_DISTINCT: Final = 10_000
"""Distinct texts of a column that are counted: further ones are left out, so that memory has a bound."""
_SAMPLES: Final = 3
_ROLES: Final = {
    "plant": r"plant|facility|site|mine|smelter|refinery|works|mill|fab|factory|gigafactory|terminal|port|yard|station",
    "country": r"country(?: ?/ ?area| or area)?|country name",
    "status": r"status|state of (?:plant|unit)|stage",
    "operator": r"operator|owner|company|firm",
    "date": r"(?:start|commissioning|completion|opening|due|effective) ?(?:date|year)?|date",
}
_NAME: Final = r"(?: name| ?\(english\)| \(name\))*"
_YEAR: Final = re.compile(
    r"(?:FY ?)?(?P<year>(?:19|20)[0-9]{2}) ?(?P<kind>[AEFP])?"
    r"(?: ?[(\[](?P<in_brackets>[^()\[\]]+)[)\]]| (?P<bare>\S+))?",
    re.I,
)
"""The name of a column of one year, as in ``2024``, ``2025E`` (an estimate) and ``2024 (kt/yr)``."""
_NUMBER: Final = re.compile(r"(?:>=|<=|[<>≥≤])?\s*[0-9][0-9., '’]*")
_DAY: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2[0-9]{4}")


@dataclass(slots=True)
class Column:
    """A column of a table: its name, and the distinct texts of its cells with their numbers."""

    name: str
    words: Counter[str] = field(default_factory=Counter)

    def count(self, text: str) -> None:
        """Count a cell, unless it is a new text and there are very many already."""
        if text in self.words or len(self.words) < _MOST_DISTINCT:
            self.words[text] += 1

    @property
    def unit(self) -> str | None:
        """Return the unit in the name, as in ``Capacity (kt/yr)``; in brackets, it may be an unknown one."""
        return unit_text(self.name)

    @property
    def is_capacity(self) -> bool:
        """Return whether the name says capacity and some cell is a number."""
        return "capacity" in self.name.casefold() and any(map(_NUMBER.fullmatch, self.words))

    @property
    def year(self) -> re.Match[str] | None:
        """Return the parts of the name of a column with the numbers of one year; None for any other column."""
        match = _YEAR.fullmatch(self.name)
        return match if match and any(map(_NUMBER.fullmatch, self.words)) else None

    def has_role(self, role: str) -> bool:
        """Return whether the whole name is a name of the role, such as ``Plant name`` of a plant."""
        name = re.sub("[-_ ]+", " ", self.name).casefold()
        return re.fullmatch(rf"(?:{_ROLES[role]}){_NAME}", name) is not None


def first_map(records: Iterator[Record | PolicytrackError], file: str, sheet: str | None, separator: str | None) -> str:
    """Return the text of a first map. Raises the first error of the file up to its header, and of later rows none."""
    header, first, columns = _columns(records)
    lines = [
        f"## First map of {json.dumps(file, ensure_ascii=False)}. Lines with ## explain; lines with # are proposals.",
        f"## Complete what says {FILL_IN}, and remove the # of every line that is right. No event is imported before.",
        "## Then: policytrack import FILE --map MAP --dry-run",
        "",
        "# known_on = 2026-01-31               ## FILL IN: the day on which the table was public",
        "# [source]",
        '# title = ""                          ## FILL IN: the title of the table',
        '# class = ""                          ## FILL IN: regulator, filing, company, trade-press, aggregator …',
        "",
        "[table]",
    ]
    if sheet is not None:
        lines.append(f"sheet = {_quoted(sheet)}")
    if header != first:
        lines.append(f"header = {header}")
    lines += _notation(columns, separator)
    lines += ["", "## The columns, with the number of different texts, and the most frequent ones:"]
    for column in columns:
        samples = ", ".join(_quoted(word) for word, _ in column.words.most_common(_SAMPLES))
        distinct = f"{len(column.words)}{' or more' if len(column.words) == _MOST_DISTINCT else ''}"
        lines.append(f"##   {_quoted(column.name)}: {distinct}: {samples or 'empty'}")
    lines += _events(columns)
    return "\n".join(lines) + "\n"


def _columns(records: Iterator[Record | PolicytrackError]) -> tuple[int, int, list[Column]]:
    """Return the row of the header, the first row with text, and the columns.

    The header is the first row with the most texts other than numbers and dates, among the first rows: above it, a
    sheet has a title or a note in a cell or two. Of columns with one name, the first counts, as for a map.
    """
    ahead: list[Record] = []
    for record in records:
        if isinstance(record, PolicytrackError):
            raise record
        ahead.append(record)
        if len(ahead) == HEADER_WITHIN:
            break
    header = max(ahead, key=lambda one: (_names_in(one), -one.number))
    named = {index: Column(tidy_name(cell)) for index, cell in enumerate(header.cells) if tidy_name(cell)}
    for record in (*ahead[ahead.index(header) + 1 :], *(one for one in records if isinstance(one, Record))):
        for index, column in named.items():
            if index < len(record.cells) and record.cells[index]:
                column.count(record.cells[index])
    by_name: dict[str, Column] = {}
    for column in named.values():
        by_name.setdefault(column.name, column)
    return header.number, ahead[0].number, list(by_name.values())


def _names_in(record: Record) -> int:
    return len({cell for cell in record.cells if cell and not _NUMBER.fullmatch(cell) and not _DAY.fullmatch(cell)})


def _notation(columns: Sequence[Column], separator: str | None) -> Iterator[str]:
    """Yield the lines of `[table]` about dates and numbers: in force where the cells leave one reading."""
    forms: set[str] = set()
    is_open = ""
    for column in columns:
        days = [match for word in column.words if (match := _DAY.fullmatch(word))]
        if not days:
            continue
        mark = days[0][2]
        is_day_first = any(int(day[1]) > 12 for day in days)
        is_month_first = any(int(day[3]) > 12 for day in days)
        if is_day_first == is_month_first:
            is_open = column.name
        else:
            forms.add(f"DD{mark}MM{mark}YYYY" if is_day_first else f"MM{mark}DD{mark}YYYY")
    if len(forms) == 1 and not is_open:
        yield f'date = "{forms.pop()}"'
    elif forms or is_open:
        shown = _quoted(is_open) if is_open else " and ".join(sorted(forms))
        yield f'# date = ""                           ## FILL IN: DD/MM/YYYY or MM/DD/YYYY; not decided: {shown}'
    if separator != "," and any(_has_numbers(column) for column in columns):
        yield '# decimal = ""                        ## FILL IN if numbers have a decimal comma: ","; otherwise "."'


def _has_numbers(column: Column) -> bool:
    return any(re.fullmatch("[0-9.]*[0-9],[0-9]+", word) for word in column.words)


def _events(columns: Sequence[Column]) -> Iterator[str]:
    """Yield the proposed events, each line a comment."""
    plant = _only(columns, "plant")
    operator, country = _only(columns, "operator"), _only(columns, "country")
    facility = f'{{ id = "{{{plant.name}}}" }}' if plant else '{ id = "{}" }'
    open_plant = "" if plant else f"   ## {FILL_IN}: the columns that identify a facility"
    yield from ("", "# [[event]]", '# type = "facility_registered"', "# [event.fields]")
    yield f"# facility_id = {facility}{open_plant}"
    yield f"# name = {{ column = {_quoted(plant.name if plant else '')} }}{open_plant}"
    if country is not None:
        yield f"# country = {{ column = {_quoted(country.name)}, country = true }}"
    else:
        yield f'# country = ""   ## {FILL_IN}: a country code for all rows, or {{ column = "…", country = true }}'
    if operator is not None:
        yield "## The operator must be registered: import with --register-missing, or delete this line."
        yield f"# operator_id = {{ column = {_quoted(operator.name)} }}"
    for column in (one for one in columns if one.is_capacity):
        yield from _capacity(column, facility + open_plant, columns)
    for column in columns:
        if (year := column.year) is not None:
            yield from _of_year(column, year, facility + open_plant)


def _capacity(column: Column, facility: str, columns: Sequence[Column]) -> Iterator[str]:
    yield from ("", f"## {_quoted(column.name)} as installed capacity.", "# [[event]]", '# type = "capacity_stated"')
    for status in (one for one in columns if one.has_role("status")):
        words = [word for word, _ in status.words.most_common(_MOST_WORDS)]
        yield f"## {FILL_IN}: the words that mean installed; write events for the others: project_announced,"
        yield "## construction_started, capacity_idled, capacity_retired (docs/import.md). Without any, no row counts."
        counted_words = f"{len(words)} of {len(status.words)} words: " if len(status.words) > len(words) else ""
        yield f"## Words of the column: {counted_words}{', '.join(map(_quoted, words))}"
        yield f"# when = {{ {_quoted(status.name)} = [] }}"
    yield from ("# [event.fields]", f"# facility_id = {facility}")
    yield f'# activity_id = ""   ## {FILL_IN}: list them with `policytrack help activities`'
    yield _capacity_field(column, column.unit)
    dates = [one for one in columns if one.has_role("date")]
    for date in dates:
        yield f"## {FILL_IN}: keep this line only if it is the day of this capacity."
        yield f"# effective = {{ column = {_quoted(date.name)} }}"


def _capacity_field(column: Column, unit: str | None) -> str:
    if unit is not None and is_unit(unit):
        return f"# capacity = {{ column = {_quoted(column.name)}, unit = {_quoted(unit)} }}"
    cause = f"{_quoted(unit)} is not a known unit" if unit else "the column name has none"
    return f'# capacity = {{ column = {_quoted(column.name)}, unit = "" }}   ## {FILL_IN} the unit: {cause}'


def _of_year(column: Column, year: re.Match[str], facility: str) -> Iterator[str]:
    """Yield the lines of a column of one year: a capacity as of that year, unless the name says that it is expected."""
    if (year["kind"] or "").upper() in ("E", "F", "P"):
        yield from (
            "",
            f"## {_quoted(column.name)} has what is expected, not what is installed: nothing is proposed for it.",
        )
        return
    yield from (
        "",
        f"## {_quoted(column.name)}, if it has the installed capacity at the end of the year.",
        "# [[event]]",
    )
    yield from ('# type = "capacity_stated"', "# [event.fields]", f"# facility_id = {facility}")
    yield f'# activity_id = ""   ## {FILL_IN}: list them with `policytrack help activities`'
    yield _capacity_field(column, year["in_brackets"] or year["bare"])
    yield f'# effective = "{year["year"]}"'


def _only(columns: Sequence[Column], role: str) -> Column | None:
    """Return the column of a role if exactly one has it: of several, the user chooses."""
    found = [column for column in columns if column.has_role(role)]
    return found[0] if len(found) == 1 else None


def _quoted(text: str) -> str:
    """Return a text as a TOML string, shortened for samples of long cells."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
