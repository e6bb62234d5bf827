"""Makes the cells of tables on pages: text, and links to the page of a thing, to an explanation or to a source."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode, urlsplit

from policytrack.output.pretty import pretty, shown_field
from policytrack.questions.why_national import FIGURES
from policytrack.questions.why_project import FIELDS
from policytrack.resources import reference_table

if TYPE_CHECKING:
    from policytrack.readmodel.coordinates import Coordinates

Row = Mapping[str, Any]
_KINDS: Final = ("country", "activity", "firm", "facility", "project", "swap", "lot", "rule", "quota", "support")
_IDS: Final = {
    **{f"{kind}_id": kind for kind in _KINDS},
    "country_code": "country", "operator_id": "firm", "owner_id": "firm", "holder_id": "firm", "recipient_id": "firm",
    "controller_id": "firm", "controlled_id": "firm", "parent_ids": "firm", "merged_into_id": "firm",
    "activities": "activity", "group_id": "firm",
}  # fmt: skip
"""Columns of ids, and the kind of thing that each names."""
_EVENTS: Final = frozenset({"position", "positions", "superseded_by", "events", "claim"})
_MARKED: Final = frozenset({"fail", "unverified", "error", "rumour"})
"""Values that a reader must not overlook."""
_LABELS: Final = {
    "position": "event", "capacity_remaining": "remaining", "capacity_planned": "planned", "slip_days": "slip (days)",
    "unknown_count": "not exact", "check_name": "check", "is_state_affiliated": "state-affiliated",
    "capacity_completed": "completed", "source_count": "sources", "ratio_min": "least ratio", "id": "name",
    "event_id": "event id", "stake_pct": "stake (%)", "effective_pct": "effective (%)", "unknown_pct": "unknown (%)",
    "share_pct": "share (%)", "group_stake_pct": "stake of the group (%)", "is_controlled": "controlled",
}  # fmt: skip
_SHORT: Final = 12
_LONG: Final = 40
_DATES: Final = re.compile(r"[0-9~?./-]{1,30}")
_UNKNOWN: Final = frozenset({
    *FIGURES, "capacity", "amount", "capacity_remaining", "capacity_planned", "required", "undisclosed",
    "build_capacity", "retired", "owed", "net_high", "added_high", "retiring_high", "recognised", "drawn", "remaining",
})  # fmt: skip
"""Columns whose figure is not known where the value is missing."""
_WORDS: Final = frozenset({"kind", "instrument", "stage", "reasons", "status"})
"""Columns of values that are shown as words, without underscores."""
_ID_ENDING: Final = re.compile(r"_(id|ids|code)$")
_EVENT: Final = re.compile(r"e?([0-9]{1,18})")
_EVENT_ID: Final = re.compile(r"([0-9a-f]{8})-[0-9a-f-]{27}")
_SUBJECT: Final = re.compile(r"([a-z]+):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a cell: its text, and the address that it links to."""

    text: str
    href: str = ""
    is_external: bool = False
    title: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its pieces, whether it holds a figure, and whether a reader must not overlook it."""

    parts: tuple[Part, ...]
    is_number: bool = False
    is_marked: bool = False

    @property
    def is_short(self) -> bool:
        """Whether it stays on one line: a date, a unit or a word."""
        return len(self.parts) == 1 and (
            len(self.parts[0].text) <= _SHORT or _DATES.fullmatch(self.parts[0].text) is not None
        )

    @property
    def is_long(self) -> bool:
        """Whether it holds a sentence, which needs some width."""
        return sum(len(part.text) for part in self.parts) > _LONG


class Links:
    """Makes addresses of pages at coordinates, and cells that link to them. `names` are names by kind and id."""

    def __init__(self, coordinates: Coordinates, *, is_pinned: bool) -> None:
        self.coordinates = coordinates
        self._at = dict(coordinates_in_address(coordinates, is_pinned=is_pinned))
        self.names: dict[tuple[str, str], str] = {
            ("country", row["country_code"]): row["name"] for row in reference_table("countries")
        }

    def parameters(self) -> list[tuple[str, str]]:
        """Return the coordinates as parameters of an address, one pair for each value."""
        return [
            (name, str(one))
            for name, value in self._at.items()
            for one in (value if isinstance(value, list) else [value])
        ]

    def pinned(self, path: str, position: int, pairs: Iterable[tuple[str, str]]) -> str:
        """Return the address that shows the same for ever: with the head `position`, and all other parameters."""
        at = [pair for pair in self.parameters() if pair[0] != "head"]
        return f"{path}?{urlencode([*pairs, *at, ('head', position)])}"

    def to(self, path: str, values: Mapping[str, Any] | None = None) -> str:
        """Return the address of a page at these coordinates, with further parameters."""
        given = {name: value for name, value in (values or {}).items() if value not in (None, "", [])}
        return f"{path}?{urlencode({**given, **self._at}, doseq=True)}"

    def thing(self, kind: str, id_: str) -> Part:
        """Return the name of a thing, linked to its page."""
        name = self.names.get((kind, id_), id_)
        return Part(pretty(name), self.to(f"/{kind}/{quote(id_, safe='')}"), title=pretty(id_) if name != id_ else "")

    def event(self, position: int | str) -> Part:
        """Return the position of an event, linked to its page."""
        return Part(f"e{position}", self.to(f"/event/{position}"))

    def cell(self, name: str, value: Any, row: Row) -> Cell:
        """Return the cell of a value in a column of a row."""
        if value is None or value == []:
            text = _absent(name, row)
            return Cell((Part(text, self._why(name, row) if text == "unknown" else ""),), text == "unknown")
        if name == "source_id":
            return Cell((replace(self.thing("source", str(value)), text=pretty(row["title"]), title=""),))
        if name in _EVENTS:
            return Cell(tuple(self._events(value)))
        if (kind := _IDS.get(name)) is not None:
            ids = value if isinstance(value, list) else [value]
            return Cell(tuple(_joined(self.thing(kind, str(id_)) for id_ in ids)))
        if name == "id" and "effective_pct" in row:  # of a tree
            part = self.thing(str(row["kind"]), str(value))
            return Cell((Part("– " * row["depth"]), replace(part, text=pretty(row["name"] or part.text))))
        if name == "owned_id":
            return Cell((self.thing(str(row.get("owned_kind") or "firm"), str(value)),))
        if name in ("subject", "subjects"):
            return Cell(tuple(_joined(map(self.subject, value if isinstance(value, list) else [value]))))
        if name == "url" or (name == "title" and row.get("url")):
            return Cell((external(str(row.get("url") or value), pretty(value)),))
        is_number = isinstance(value, Decimal | int) and not isinstance(value, bool)
        text = shown_field(name, value)
        part = Part(text.replace("_", " ") if name in _WORDS else text, self._why(name, row))
        return Cell((part,), is_number, str(value) in _MARKED or (name == "due" and bool(row.get("is_overdue"))))

    def subject(self, text: str) -> Part:
        """Return ``kind:id``, linked to the page of the thing where there is one."""
        match = _SUBJECT.fullmatch(text)
        if match is not None and match[1] == "event" and (of := _EVENT_ID.fullmatch(match[2])) is not None:
            return Part(f"event {of[1]}", self.to(f"/event/{match[2]}"), title=match[2])
        if match is None or match[1] not in _KINDS:
            return Part(pretty(text))
        return self.thing(match[1], match[2])

    def _events(self, value: Any) -> Iterator[Part]:
        texts = value if isinstance(value, list) else str(value).split(", ")
        yield from _joined(
            self.event(match[1]) if (match := _EVENT.fullmatch(str(text))) else Part(pretty(str(text)))
            for text in texts
        )

    def _why(self, name: str, row: Row) -> str:
        """Return the address of the explanation of a figure, empty where there is none."""
        activity = row.get("activity_id")
        if "project_count" in row and name in FIGURES and "region_code" not in row and row.get("country_code"):
            at = row.get("as_of") if "known_at" in row else None  # a day of a series
            dates = {} if at is None else {"as_of": at, "known_at": row["known_at"]}
            values = {"country": row["country_code"], "activity": activity, **self._at, **dates}
            return f"/why/{name}?{urlencode(values, doseq=True)}"
        if "capacity_planned" in row and name in FIELDS:
            return self.to(f"/why/project/{quote(row['project_id'], safe='')}/{name}")
        if "basis" in row and name == "capacity" and row.get("firm_id"):
            path = f"/why/holdings/{quote(row['firm_id'], safe='')}/{quote(str(activity), safe='')}"
            return self.to(path, {"basis": row["basis"], "status": row["status"]})
        if "quota_id" in row and name == "amount":
            of = {"country": row["jurisdiction"], "activity": activity, "stage": row["stage"]}
            notice = {"holder": row["holder_id"], "batch": row["batch"], "material": row["material"]}
            return self.to(f"/why/quota/{row['year']}", {**of, **notice})
        if "build_capacity" in row and name == "owed" and row.get("project_id"):
            return self.to(f"/why/project/{quote(row['project_id'], safe='')}/owed")
        return ""


def _absent(name: str, row: Row) -> str:
    """Return what a cell without a value shows: an unknown figure is never blank."""
    if row.get("kind") == "firm" and "effective_pct" in row:  # a node of a tree, whose capacity is below it
        return "–"
    if name in _UNKNOWN:
        return "withheld" if row.get("is_withheld") else "unknown"
    return "nation" if name == "holder_id" and "quota_id" in row else "–"


def external(url: str, text: str) -> Part:
    """Return a link to another site: only to http and https; anything else stays text."""
    try:
        is_web = urlsplit(url).scheme in ("http", "https")
    except ValueError:
        is_web = False
    return Part(text, url, is_external=True) if is_web else Part(text)


def coordinates_in_address(coordinates: Coordinates, *, is_pinned: bool) -> Iterator[tuple[str, Any]]:
    """Yield the coordinates as parameters of an address; the head only if `is_pinned`."""
    yield "as_of", coordinates.as_of.isoformat()
    yield "known_at", coordinates.known_at.isoformat()
    if is_pinned and coordinates.head is not None:
        yield "head", coordinates.head
    if coordinates.dates != "latest":
        yield "dates", coordinates.dates
    if coordinates.include:
        yield "include", list(coordinates.include)
    if coordinates.perimeter is not None:
        yield "perimeter_day", coordinates.perimeter.isoformat()
    if coordinates.assertions:
        yield "assertion", list(coordinates.assertions)
    if coordinates.min_sources_folded:
        yield "min_sources_folded", coordinates.min_sources_folded


def label(name: str) -> str:
    """Return the heading of a column."""
    return _LABELS.get(name, _ID_ENDING.sub("", name).replace("_", " "))


def named_in(rows: Iterable[Row], shown: Iterable[str]) -> set[tuple[str, str]]:
    """Return the kinds and ids in some columns of rows, whose names a page shows."""
    found: set[tuple[str, str]] = set()
    others = ("owned_id", "subject", "subjects")
    columns = [(name, _IDS.get(name)) for name in shown if name in _IDS or name in others]
    for row in rows:
        for name, kind in columns:
            value = row[name]
            for one in value if isinstance(value, list) else [] if value is None else [value]:
                if kind is None and name != "owned_id":
                    of, _, id_ = str(one).partition(":")
                    found.add((of, id_))
                else:
                    found.add((kind or str(row.get("owned_kind") or "firm"), str(one)))
    found |= {(str(row["kind"]), str(row["id"])) for row in rows if "effective_pct" in row}  # of a tree
    return found


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    for number, part in enumerate(parts):
        if number:
            yield Part(", ")
        yield part
