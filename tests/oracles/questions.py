"""Questions put to both: the views of a read model, many dates in one query, and the oracle, one date after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any, Final, Literal

from policytrack.events import Event
from policytrack.events.meta import EventRetracted
from policytrack.events.registry import FacilityRenamed, ProjectRenamed
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.oracles.folding import in_all
from tests.oracles.histories import DAYS, START
from tests.oracles.oracle import Answer, Held, Record
from tests.oracles.ownership import ends, holdings
from tests.projections.world import hold

Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""The rows of an answer: what identifies a row, to its figures."""

_BOUNDS: Final = "installed_low, installed_high"
_ACCOUNT: Final = (
    "planned_retirement, planned_retirement_high, installed, idle, operating, owed_retirement, net, pending_gross, pending_retiring, pending_net,"
    f" facility_count, project_count, unknown_count, {_BOUNDS}, pending_gross_low, pending_gross_high"
)
_SCHEME: Final = (
    "name, firm_id, country_code, status, capacity_planned, capacity_completed, capacity_remaining, investment_amount,"
    " investment_currency, first_due, due, slip_days, is_overdue, retiring, net, swap_verdict, owed, replacement,"
    " is_pending"
)
COLUMNS: Final[dict[str, tuple[str, str]]] = {
    "facility_capacity": (
        "facility_id, activity_id",
        f"operator_id, country_code, region_code, installed, idle, operating, last_stated_on, unknown_count, {_BOUNDS},"
        " planned_retirement",
    ),
    "national_capacity": ("country_code, activity_id", _ACCOUNT),
    "regional_capacity": ("country_code, region_code, activity_id", _ACCOUNT),
    "facility": ("facility_id", "name, operator_id, country_code, region_code"),
    "project": ("project_id", _SCHEME),
    "pending_project": ("project_id", f"{_SCHEME}, capacity_remaining_low, capacity_remaining_high"),
    "capacity_swap": ("swap_id", "project_id, required, named, undisclosed, retired, owed, verdict"),
    "stake": ("owned_kind, owned_id, owner_id, kind", "stake_pct, stated_as, stake_low, stake_high"),
    "firm_holding": ("firm_id, activity_id, status, basis", "capacity, unknown_count, capacity_low, capacity_high"),
    "event_log": ("position", "superseded_by, because"),
}
"""The views that are asked, with the columns that identify a row and those that are compared."""


@dataclass(frozen=True)
class Asked:
    """The dates of a question, and how it is to be taken."""

    as_of: date
    known_at: date
    dates: Literal["latest", "earliest"]
    include: tuple[str, ...]


def coordinates(events: Sequence[Event], seed: int, count: int) -> list[Asked]:
    """So many coordinates, in a few settings: mostly days on which something changes, or the day before."""
    dice = Random(seed)
    settings: list[tuple[Literal["latest", "earliest"], tuple[str, ...]]] = [
        ("latest", ()),
        ("earliest", ()),
        ("latest", ("planned", "as_converted")),
    ]
    turns = [event.known_on for event in events]
    turns += [event.effective.latest_by(event.known_on) for event in events]

    def day() -> date:
        if dice.random() < 0.3:
            return START + timedelta(days=dice.randrange(-5, DAYS + 100))
        return dice.choice(turns) - timedelta(days=dice.choice((0, 0, 1)))

    days = [(day(), day()) for _ in range(count)]
    return [Asked(days[n][0], days[n][1], *settings[n % 3]) for n in range(count)]


def from_views(
    path: Path, view: str, asked: Sequence[Asked], columns: Mapping[str, tuple[str, str]] = COLUMNS
) -> Iterator[tuple[Asked, Rows]]:
    """The answers of one view."""
    keys, figures = columns[view]
    width = keys.count(",") + 1
    hold(path)
    for setting in dict.fromkeys((one.dates, one.include) for one in asked):
        same = [one for one in asked if (one.dates, one.include) == setting]
        found: list[Rows] = [{} for _ in same]
        with Session(path, Coordinates(same[0].as_of, same[0].known_at, *setting)) as session:
            table = session.query(
                f"SELECT question.number, {keys}, {figures} FROM (SELECT unnest($number) AS number,"
                " unnest($as_of) AS as_of, unnest($known_at) AS known_at) AS question,"
                f" LATERAL (FROM {view}_at(question.as_of, question.known_at))",
                {
                    "number": list(range(len(same))),
                    "as_of": [one.as_of for one in same],
                    "known_at": [one.known_at for one in same],
                },
            )
        for number, *values in zip(*(column.to_pylist() for column in table.columns), strict=True):
            key = tuple(values[:width])
            assert key not in found[number], f"{view} has {key} twice at {same[number]}"
            found[number][key] = tuple(values[width:])
        yield from zip(same, found, strict=True)


def from_oracle(record: Record, asked: Asked) -> dict[str, Rows]:
    """The answers to all views at one coordinate."""
    answer = Answer(record, asked.as_of, asked.known_at, asked.dates, asked.include)
    return {view: compute(answer) for view, compute in _ANSWERS.items()}


def agree(view: str, found: Rows, expected: Rows) -> bool:
    """Whether two answers are the same; shares of holdings may differ in the last of three places."""
    if view != "firm_holding":
        return found == expected
    counts, wanted_counts = ({key: row[1] for key, row in rows.items() if row[1]} for rows in (found, expected))
    if counts != wanted_counts or any(row[0] is None and not row[1] for row in found.values()):
        return False
    shown = {key: row for key, row in found.items() if row[0]}
    wanted = {key: row for key, row in expected.items() if abs(row[0]) >= Fraction(1, 2000)}
    near = [abs(Fraction(shown[key][0]) - wanted[key][0]) <= Fraction(1, 1000) for key in shown.keys() & wanted.keys()]
    if any(
        key[2] == "pending" and not _near(found.get(key, _NOTHING)[at], expected.get(key, _NOTHING)[at])
        for key in found.keys() | expected.keys()
        for at in (2, 3)
    ):
        return False
    return all(near) and all(abs((shown | wanted)[key][0]) <= Fraction(1, 1000) for key in shown.keys() ^ wanted.keys())


_NOTHING: Final = (Fraction(0), 0, Fraction(0), Fraction(0))
"""What a firm without a row holds."""


def _near(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    return bool(abs(Fraction(one) - Fraction(other)) <= Fraction(1, 1000))


def disagreements(events: Sequence[Event], path: Path, seed: int, count: int) -> Iterator[tuple[str, str]]:
    """One item a question: the view, and what the two sides say if they differ. A question is one view at one coordinate."""
    record = Record(events)
    asked = coordinates(events, seed, count)
    expected = {one: from_oracle(record, one) for one in asked}
    for view in COLUMNS:
        for one, found in from_views(path, view, asked):
            wanted = expected[one][view]
            if agree(view, found, wanted):
                yield view, ""
            else:
                keys = [key for key in found.keys() | wanted.keys() if found.get(key) != wanted.get(key)]
                lines = [f"  {key}: view {found.get(key)}, oracle {wanted.get(key)}" for key in keys]
                yield view, "\n".join([f"seed {seed}, {view}, {one}", COLUMNS[view][1], *lines])


def _facility_capacity(answer: Answer) -> Rows:
    found: Rows = {}
    for (facility, activity), plant in answer.plants.items():
        registered = answer.facilities_registered[facility]
        place = (answer.operators[facility], registered.country, registered.region)
        figures = (
            plant.installed,
            plant.idle,
            plant.operating,
            plant.last_stated,
            plant.unknowns,
            plant.low,
            plant.high,
        )
        low, high = in_all(answer.closures.get((facility, activity), []))
        found[facility, activity] = (*place, *figures, low if low == high else None)
    return found


def _accounts(answer: Answer, by_region: bool) -> Rows:
    found: Rows = {}
    for (place, activity), account in answer.accounts(
        lambda registered: (registered.country, registered.region)[: 1 + by_region] if registered else None
    ).items():
        said = account.figures
        operating = said["installed"] - said["idle"]
        figures = (
            *in_all(account.closing),
            *(said["installed"], said["idle"], operating, said["owed"], operating - said["owed"], said["gross"]),
            *(said["retiring"], said["gross"] - said["retiring"], account.facilities, account.projects),
            *(account.unknowns, account.low, account.high, account.gross_low, account.gross_high),
        )
        found[*place, activity] = figures
    return found


def _project(answer: Answer) -> Rows:
    found: Rows = {}
    for id_, scheme in answer.projects.items():
        registered = answer.projects_registered[id_]
        first, due = scheme.first_due, scheme.due
        slip = (due.latest - first.latest).days if due and due.latest and first.latest else None
        late = bool(due and due.latest and due.latest < answer.as_of and scheme.is_pending and scheme.status != "built")
        net = Decimal(0)
        if scheme.is_pending:
            is_known = scheme.remaining is not None and scheme.retiring is not None
            net = scheme.remaining - scheme.retiring if is_known else None  # type: ignore[assignment, operator]
        money = (scheme.investment.amount, scheme.investment.currency) if scheme.investment else (None, None)
        found[(id_,)] = (
            answer.names(ProjectRenamed).get(id_, registered.name),
            *(answer.builders[id_], answer.facilities_registered[registered.facility_id].country),
            *(scheme.status, scheme.planned, scheme.completed, scheme.remaining, *money),
            *(first and first.edtf, due and due.edtf, slip, late, scheme.retiring, net, scheme.verdict, scheme.owed),
            *(scheme.replacement, scheme.is_pending),
        )
    return found


def _facility(answer: Answer) -> Rows:
    names = answer.names(FacilityRenamed)
    return {
        (id_,): (names.get(id_, one.name), answer.operators[id_], one.country, one.region)
        for id_, one in answer.facilities_registered.items()
    }


def _capacity_swap(answer: Answer) -> Rows:
    return {
        (id_,): (one.project_id, one.required, one.named, one.undisclosed, one.retired, one.owed, one.verdict)
        for id_, one in answer.swaps.items()
    }


def _stake(share: Held) -> tuple[Any, ...]:
    if isinstance(share, str):
        return None, share, Decimal(50 * (share == "majority")), None
    return (share, "exact", share, share) if isinstance(share, Decimal) else (None, "range", *share)


def _firm_holding(answer: Answer) -> Rows:
    capacities, unknowns = holdings(answer)
    bounds = ends(answer)
    return {
        key: (capacities.get(key, Fraction(0)), unknowns[key], *bounds.get(key, (Fraction(0), Fraction(0))))
        for key in capacities.keys() | unknowns.keys()
    }


def _event_log(answer: Answer) -> Rows:
    found: Rows = {}
    for position, event in answer.record.events:
        first = event.effective.earliest or date.min
        day = first if answer.takes_first_day else event.effective.latest_by(event.known_on)
        if event.known_on <= answer.known_at and day <= answer.as_of:
            newer = answer.record.newer.get(position)
            if newer is None or answer.record.until[position] > answer.known_at:
                found[(position,)] = (None, None)
            else:
                other = answer.record.events[newer - 1][1]
                because = other.because if isinstance(other, EventRetracted) else None
                found[(position,)] = newer, other.supersedes.because if other.supersedes else because
    return found


_ANSWERS: Final[dict[str, Callable[[Answer], Rows]]] = {
    "facility_capacity": _facility_capacity,
    "national_capacity": lambda answer: _accounts(answer, by_region=False),
    "regional_capacity": lambda answer: _accounts(answer, by_region=True),
    "facility": _facility,
    "project": _project,
    "pending_project": lambda answer: {
        key: (*row, answer.projects[key[0]].low, answer.projects[key[0]].high)
        for key, row in _project(answer).items()
        if answer.projects[key[0]].is_pending
    },
    "capacity_swap": _capacity_swap,
    "stake": lambda answer: {key: _stake(share) for key, share in answer.stakes.items()},
    "firm_holding": _firm_holding,
    "event_log": _event_log,
}
