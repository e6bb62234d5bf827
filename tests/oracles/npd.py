"""The joint ventures on the Norwegian shelf as events, and the shareholdings that their publisher gives.

Source: Norwegian Petroleum Directorate, FactPages, snapshot of 2013-05-08, Norwegian Licence for Open Government Data.
A business arrangement area is a firm that licensee companies own. Its first spans, its transfer legs and its dates
become events; all other spans are read only to compare with. Every figure of the files has at most five decimals, a
share in the views has six: nothing is rounded on either side. A span counts on its first day and not on its last,
which is the first of the next; a leg changes the shares on its own day.
"""

from __future__ import annotations

import csv
import os
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Final, Literal

from policytrack.events import Event
from tests.projections.world import event, firm

FOLDER: Final = "npd-joint-ventures"
NEVER: Final = date(9999, 12, 31)
SOURCE: Final = {
    "title": "FactPages, business arrangement areas",
    "publisher": "Norwegian Petroleum Directorate",
    "class": "regulator",
}
_NOTHING: Final = "NULL"
_KINDS: Final = {"CHANGE OF COMPANY NAME": "name_change", "MERGER/TAKEOVER": "merger"}

Direction = Literal["FROM", "TO"]
Shares = dict[tuple[str, str], Decimal]
"""Percent by area and company."""


@dataclass(frozen=True, slots=True)
class Area:
    """A business arrangement area; `ends` is the first day on which it is no more."""

    firm_id: str
    name: str
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Span:
    """A company's share of an area in percent, from the first day to the one before `ends`."""

    area: str
    company: str
    begins: date
    ends: date
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of a transfer: percent points that leave a company, or come to it, on a day."""

    area: str
    day: date
    direction: Direction
    kind: str
    company: str
    percent: Decimal

    @property
    def change(self) -> Decimal:
        """What the leg adds to the share of its company."""
        return self.percent if self.direction == "TO" else -self.percent


@dataclass(frozen=True)
class Files:
    """What the publisher's three files say, every row of them."""

    areas: tuple[Area, ...]
    spans: tuple[Span, ...]
    legs: tuple[Leg, ...]
    companies: dict[str, str]
    """Company to its name: the publisher gives a company that changes its name a new number."""

    @classmethod
    def read(cls, folder: Path) -> Files:
        """The files of a folder. Raises `OSError` when one is missing, `KeyError` or `ValueError` for other columns."""
        areas = _rows(folder / "bsns_arr_area.csv")
        spans = _rows(folder / "bsns_arr_area_licensee_hst.csv")
        legs = _rows(folder / "bsns_arr_area_transfer_hst.csv")
        return cls(
            tuple(map(_area, areas)),
            tuple(map(_span, spans)),
            tuple(map(_leg, legs)),
            {_company(row): row["cmpLongName"] for row in (*spans, *legs)},
        )

    def days(self) -> list[date]:
        """Every date of the files on which a span begins or ends or a leg counts, in order."""
        of_spans = {day for span in self.spans for day in (span.begins, span.ends)}
        return sorted((of_spans | {leg.day for leg in self.legs}) - {NEVER})

    def shares(self, day: date) -> Shares:
        """The publisher's own answer: the spans that hold on a day. Raises `ValueError` when two are of one pair."""
        held = [span for span in self.spans if span.begins <= day < span.ends]
        shares = {(span.area, span.company): span.percent for span in held}
        if len(shares) < len(held):
            raise ValueError(f"on {day} a company has two spans of one area")
        return shares


# The publisher's own rounding: on 2001-05-10 76.80471 points are sold, 76.80470 arrive with two buyers. With the next
# leg the span of one buyer has the lost digit: 13.87678 + 6.92792 = 20.80471.
RESTATED: Final = (Span("area-41105", "company-1622484", date(2001, 6, 1), NEVER, Decimal("20.80471")),)


@dataclass
class Converted:
    """The events of the files in the order of their days, and what they were made of."""

    events: list[Event] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Registrations, areas formed, legs that became one side and both sides of a transfer, shares stated anew."""


def oracles() -> Path:
    """Where the data lies that is not ours to hand on: POLICYTRACK_ORACLES, else beside the checkout."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    return Path(os.environ.get("POLICYTRACK_ORACLES") or beside) / FOLDER


def converted(files: Files) -> Converted:
    """The files as events: areas formed with their first spans, legs as transfers, an area that ends as shares of 0."""
    made = Converted()
    first = min(area.begins for area in files.areas)
    for area in files.areas:
        _add(made, "registrations", firm(area.firm_id, str(first), name=area.name, kind="venture", country="NO"))
    for company, name in sorted(files.companies.items()):
        _add(made, "registrations", firm(company, str(first), name=name))
    for area in files.areas:
        _add(made, "formed", _formed(area, files.spans))
        legs = sorted((leg for leg in files.legs if leg.area == area.firm_id), key=lambda leg: (leg.day, leg.kind))
        for _, group in groupby(legs, key=lambda leg: (leg.day, leg.kind)):
            _transfer(made, list(group))
        for restated in RESTATED:
            if restated.area == area.firm_id:
                _add(made, "restated", _stated(restated.area, restated.company, restated.begins, restated.percent))
        for company in _holders_at_the_end(area, files):
            _add(made, "ended", _stated(area.firm_id, company, area.ends, Decimal(0)))
    # Stable: what an area has on one day stays in the order above, so that a share restated follows its legs.
    made.events.sort(key=lambda one: one.known_on)
    return made


def _add(made: Converted, what: str, one: Event, count: int = 1) -> None:
    made.events.append(one)
    made.counts[what] += count


def _formed(area: Area, spans: Sequence[Span]) -> Event:
    partners = [
        {"firm_id": span.company, "stake_pct": span.percent}
        for span in spans
        if span.area == area.firm_id and span.begins == area.begins
    ]
    return event("joint_venture_formed", str(area.begins), venture_id=area.firm_id, partners=partners, sources=[SOURCE])


def _stated(area: str, company: str, day: date, percent: Decimal) -> Event:
    return event("stake_stated", str(day), owned_id=area, owner_id=company, stake_pct=percent, sources=[SOURCE])


def _transfer(made: Converted, legs: list[Leg]) -> None:
    """The legs of one area, day and kind: with both sides where one company sells or buys all, else each by itself."""
    sellers = [leg for leg in legs if leg.direction == "FROM"]
    buyers = [leg for leg in legs if leg.direction == "TO"]
    few, many = sorted((sellers, buyers), key=len)
    is_clear = len(few) == 1 and not sum(leg.change for leg in legs)
    if is_clear and few[0].company not in {leg.company for leg in many}:
        for leg in many:
            _add(made, "legs of both sides", _transferred(leg, few[0].company))
        made.counts["legs of both sides"] += 1
    else:
        for leg in legs:
            _add(made, "legs of one side", _transferred(leg, None))


def _transferred(leg: Leg, other: str | None) -> Event:
    seller, buyer = (leg.company, other) if leg.direction == "FROM" else (other, leg.company)
    return event(
        "stake_transferred",
        str(leg.day),
        owned_id=leg.area,
        from_id=seller,
        to_id=buyer,
        stake_pct=leg.percent,
        kind=_KINDS.get(leg.kind, "sale"),
        reason=None if leg.kind == _NOTHING else leg.kind,
        sources=[SOURCE],
    )


def _holders_at_the_end(area: Area, files: Files) -> Iterator[str]:
    """The companies with a share when an area ends, by its first spans and its legs."""
    if area.ends == NEVER:
        return
    held: defaultdict[str, Decimal] = defaultdict(Decimal)
    for span in files.spans:
        if span.area == area.firm_id and span.begins == area.begins:
            held[span.company] += span.percent
    for leg in files.legs:
        if leg.area == area.firm_id:
            held[leg.company] += leg.change
    yield from sorted(company for company, percent in held.items() if percent)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _area(row: dict[str, str]) -> Area:
    begins, ends = row["baaDateValidFrom"], row["baaDateValidTo"]
    return Area(_area_id(row), row["baaName"], date.fromisoformat(begins), date.fromisoformat(ends))


def _span(row: dict[str, str]) -> Span:
    begins, ends = row["baaLicenseeDateValidFrom"], row["baaLicenseeDateValidTo"]
    percent = Decimal(row["baaLicenseeInterest"])
    return Span(_area_id(row), _company(row), date.fromisoformat(begins), date.fromisoformat(ends), percent)


def _leg(row: dict[str, str]) -> Leg:
    direction: Direction = "TO" if row["baaTransferDirection"] == "TO" else "FROM"
    if row["baaTransferDirection"] != direction:
        raise ValueError(f"a leg goes {row['baaTransferDirection']!r}, neither FROM nor TO")
    day, percent = date.fromisoformat(row["baaTransferDateValidFrom"]), Decimal(row["baaTransferredInterest"])
    return Leg(_area_id(row), day, direction, row["baaTransferKind"], _company(row), percent)


def _area_id(row: dict[str, str]) -> str:
    return f"area-{row['baaNpdidBsnsArrArea']}"


def _company(row: dict[str, str]) -> str:
    return f"company-{row['cmpNpdidCompany']}"
