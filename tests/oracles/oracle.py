"""The folds of the domain over a list of events in plain Python, slowly and by other ways than the SQL of the views.

Everything is computed anew for each question: events are filtered, sorted and walked through one by one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any, Final, NamedTuple, TypeVar

from policytrack.events import Event
from policytrack.events import capacity as of_capacity
from policytrack.events import ownership as of_ownership
from policytrack.events import projects as of_projects
from policytrack.events.meta import EventRetracted
from policytrack.events.registry import (
    FacilityMoved,
    FacilityRegistered,
    FacilityTransferred,
    FirmMerged,
    ProjectMoved,
    ProjectRegistered,
    ProjectTransferred,
)
from policytrack.events.succession import FacilityMerged, FacilitySplit
from policytrack.events.swaps import CapacitySwapAnnounced
from tests.oracles.folding import (
    STEP_OF,
    ZERO,
    Account,
    Closing,
    Exchange,
    Handover,
    Happening,
    Plant,
    Scheme,
    added,
    exact,
    fold_closure,
    fold_plant,
    fold_project,
    fold_swap,
    in_all,
    positive,
)

ALWAYS: Final = date.max
ENTIRE: Final = (of_ownership.JointVentureFormed, of_ownership.JointVentureDissolved)
STATED: Final = (of_ownership.StakeStated, of_ownership.FacilityStakeStated)
TRANSFERRED: Final = (of_ownership.StakeTransferred, of_ownership.FacilityStakeTransferred)
Kind = TypeVar("Kind", bound=Event)


class Span(NamedTuple):
    """A share that a source gives by its ends, in percent; None: nothing bounds it."""

    low: Decimal
    high: Decimal | None

    def moved(self, change: Decimal) -> Span:
        """The share after percent points were bought or sold."""
        return Span(self.low + change, None if self.high is None else self.high + change)

    def within_all(self) -> Span:
        """The share, from 0 to 100 %."""
        return Span(*(None if end is None else min(max(end, Decimal(0)), Decimal(100)) for end in self))  # type: ignore[arg-type]  # only the second end may be None


Held = Decimal | str | Span


def said(share: Decimal | str) -> Held:
    """The share that an event states, read by other means than the package's."""
    if isinstance(share, Decimal) or share in ("majority", "unknown"):
        return share
    figures = [Decimal(one) for one in re.findall(r"[0-9.]+", share)]
    if share[0] == ">":
        return Span(figures[0], None)
    if share[0] == "<":
        return Span(Decimal(0), figures[0])
    return Span(figures[0] * 9 / 10, figures[0] * 11 / 10) if share[0] == "a" else Span(*figures)


def together(parts: list[Held]) -> Held:
    """The share that several shares are together: a word when one of them is, a span when one has two ends."""
    exact = [part for part in parts if isinstance(part, Decimal)]
    if len(exact) == len(parts):
        return sum(exact, Decimal(0))
    spans = [Span(part, part) if isinstance(part, Decimal) else part for part in parts if not isinstance(part, str)]
    if len(spans) == len(parts):
        highs = [span.high for span in spans if span.high is not None]
        total = sum(highs, Decimal(0)) if len(highs) == len(spans) else None
        return Span(sum((span.low for span in spans), Decimal(0)), total).within_all()
    return "majority" if "majority" in parts and min(exact, default=Decimal(0)) >= 0 else "unknown"


def owned_by(event: Any) -> tuple[str, str]:
    """What a stake is of: a firm or a facility, and its id."""
    return ("facility", event.facility_id) if hasattr(event, "facility_id") else ("firm", event.owned_id)


class Record:
    """The events at their positions, with what corrections and retractions do to them."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.events = list(enumerate(events, start=1))
        at = {event.event_id: position for position, event in self.events}
        self.place = {position: (event.known_on, position) for position, event in self.events}
        self.first = {position: position for position, _ in self.events}
        self.until = {position: ALWAYS for position, _ in self.events}
        self.newer: dict[int, int] = {}
        for position, event in self.events:
            if isinstance(event, EventRetracted):
                target, because = at[event.target], event.because
            elif event.supersedes:
                target, because = at[event.supersedes.event_id], event.supersedes.because
                self.first[position] = self.first[target]
                if because == "error":
                    self.place[position] = self.place[target]
            else:
                continue
            assert target not in self.newer, "a history supersedes each event at most once"
            self.newer[target] = position
            self.until[target] = date.min if because == "error" else event.known_on

    def stands(self, position: int, known_at: date) -> bool:
        """Whether an event is known at a day and nothing that supersedes it is."""
        event = self.events[position - 1][1]
        return event.known_on <= known_at < self.until[position]


class Answer:
    """What the record says as of a day, as known at a day."""

    def __init__(
        self, record: Record, as_of: date, known_at: date, dates: str = "latest", include: Iterable[str] = ()
    ) -> None:
        self.record, self.as_of, self.known_at = record, as_of, known_at
        self.takes_first_day = dates == "earliest"
        self.kinds = {"issued", *include}

    def happened(self, *kinds: type[Kind]) -> list[Happening]:
        """What counts of these kinds, in order."""
        found = []
        for position, event in self.record.events:
            if isinstance(event, kinds) and self.record.stands(position, self.known_at):
                first = event.effective.earliest or date.min
                day = first if self.takes_first_day else event.effective.latest_by(event.known_on)
                if day <= self.as_of:
                    found.append(Happening(event, day, self.record.place[position]))
        return sorted(found, key=lambda happening: happening.when)

    def registered(self, kind: type[Kind], name: str) -> dict[str, Kind]:
        """Registrations by id: the one known by the day, else the first that became known later."""
        found: dict[str, tuple[tuple[bool, date, int], Kind]] = {}
        for position, event in self.record.events:
            if isinstance(event, kind) and self.record.until[position] > self.known_at:
                key = (event.known_on > self.known_at, event.known_on, position)
                id_ = getattr(event, name)
                if id_ not in found or key < found[id_][0]:
                    found[id_] = key, event
        return {id_: event for id_, (_, event) in found.items()}

    @cached_property
    def merged(self) -> dict[str, str]:
        """Each firm that had merged, to the firm that goes on; firms that merge in a circle are left alone."""
        step = {one.event.firm_id: one.event.into_firm_id for one in self.happened(FirmMerged)}
        ends = {}
        for firm in step:
            seen, at = {firm}, step[firm]
            while at in step and at not in seen:
                seen.add(at)
                at = step[at]
            if at not in seen:
                ends[firm] = at
        return ends

    def goes_on(self, firm: str | None) -> str | None:
        """The firm itself, or the one it became part of."""
        return self.merged.get(firm, firm) if firm else None

    @cached_property
    def projects_registered(self) -> dict[str, ProjectRegistered]:
        """The registrations, each at the facility that its moves lead to."""
        found = self.registered(ProjectRegistered, "project_id")
        return {id_: self.placed(one, self.as_of) for id_, one in found.items()}

    def placed(self, project: ProjectRegistered, day: date) -> ProjectRegistered:
        """The project at the facility where it was at the end of a day: its moves walked through, one after the other."""
        for one in self.happened(ProjectMoved):
            if one.event.project_id == project.project_id and one.day <= day:
                project = project.model_copy(update={"facility_id": one.event.facility_id})
        return project

    @cached_property
    def facilities_registered(self) -> dict[str, FacilityRegistered]:
        """The registrations, each in the region that its moves lead to, one after the other."""
        found = self.registered(FacilityRegistered, "facility_id")
        for one in self.happened(FacilityMoved):
            if (facility := found.get(one.event.facility_id)) is not None:
                found[facility.facility_id] = facility.model_copy(update={"region": one.event.region})
        return found

    @cached_property
    def operators(self) -> dict[str, str | None]:
        """The firm that runs each registered facility: by its registration, then by each transfer in turn."""
        runs = {id_: one.operator_id for id_, one in self.facilities_registered.items()}
        for one in self.happened(FacilityTransferred):
            runs[one.event.facility_id] = one.event.operator_id or runs.get(one.event.facility_id)
        return {facility: None if firm in self.dissolved else self.goes_on(firm) for facility, firm in runs.items()}

    @cached_property
    def dissolved(self) -> set[str]:
        """The ventures that ended, and were not formed again."""
        ends: dict[str, bool] = {}
        for one in self.happened(of_ownership.JointVentureFormed, of_ownership.JointVentureDissolved):
            ends[one.event.venture_id] = isinstance(one.event, of_ownership.JointVentureDissolved)
        return {venture for venture, is_over in ends.items() if is_over}

    @cached_property
    def builders(self) -> dict[str, str | None]:
        """The firm that builds each registered project: by its registration, then by each transfer in turn."""
        builds = {id_: one.firm_id for id_, one in self.projects_registered.items()}
        builds |= {one.event.project_id: one.event.firm_id for one in self.happened(ProjectTransferred)}
        return {project: self.goes_on(firm) for project, firm in builds.items()}

    def names(self, *kinds: type[Event]) -> dict[str, str]:
        """The names that were given since the registrations, by id."""
        given = [one.event for one in self.happened(*kinds)]
        return {getattr(event, "facility_id", None) or event.project_id: event.name for event in given}

    @cached_property
    def plants(self) -> dict[tuple[str, str], Plant]:
        """The capacity of each facility and activity."""
        by_plant: dict[tuple[str, str], list[Happening]] = defaultdict(list)
        kinds = (
            of_capacity.CapacityStated,
            of_capacity.CapacityIdled,
            of_capacity.CapacityRestarted,
            of_capacity.CapacityRetired,
            of_projects.ProjectCompleted,
            FacilityMerged,
            FacilitySplit,
        )
        registered = self.registered(ProjectRegistered, "project_id")
        for one in self.happened(*kinds):
            where = one.event
            if isinstance(where, FacilityMerged | FacilitySplit):
                for side in self.sides(where):
                    by_plant[side.facility_id, side.activity_id].append(Happening(side, one.day, one.place))
                continue
            if isinstance(where, of_projects.ProjectCompleted):
                where = self.placed(registered[where.project_id], one.day)
            by_plant[where.facility_id, where.activity_id].append(one)
        return {key: fold_plant(happenings) for key, happenings in by_plant.items()}

    @staticmethod
    def sides(event: FacilityMerged | FacilitySplit) -> Iterable[Handover]:
        """What a merger or split takes from a plant and adds to others, one line of it after the other."""
        for line in event.capacities if isinstance(event, FacilityMerged) else event.parts:
            to = event.into_facility_id if isinstance(event, FacilityMerged) else line.facility_id
            yield Handover(event.facility_id, line.activity_id, line.unit_id, line.capacity, line.idle, -1)
            yield Handover(to, line.activity_id, None, line.capacity, line.idle, 1)

    @cached_property
    def closures(self) -> dict[tuple[str, str], list[Closing]]:
        """What is planned to go of each facility's capacity in an activity."""
        kinds = (of_capacity.RetirementAnnounced, of_capacity.RetirementWithdrawn, of_capacity.CapacityRetired)
        by_plant: dict[tuple[str, str], list[Happening]] = defaultdict(list)
        for one in self.happened(*kinds):
            by_plant[one.event.facility_id, one.event.activity_id].append(one)
        return {key: fold_closure(happenings) for key, happenings in by_plant.items()}

    @cached_property
    def bare_projects(self) -> dict[str, Scheme]:
        """Each project by its own events, without its swaps."""
        by_project: dict[str, list[Happening]] = defaultdict(list)
        revisions = (of_projects.ScheduleRevised, of_projects.ScopeRevised)
        for one in self.happened(*STEP_OF, *revisions):
            by_project[one.event.project_id].append(one)
        return {project: fold_project(happenings) for project, happenings in by_project.items()}

    @cached_property
    def projects(self) -> dict[str, Scheme]:
        """Each project, with what goes for it."""
        schemes = self.bare_projects
        for id_, scheme in schemes.items():
            swaps = [swap for swap in self.swaps.values() if swap.project_id == id_]
            replaces = scheme.replacement in ("equal", "reduced")
            if any(swap.required is None or swap.owed is None for swap in swaps):
                scheme.owed = scheme.retiring = None
            elif swaps:
                scheme.owed = sum((swap.owed or ZERO for swap in swaps), ZERO)
                to_go = sum((positive((swap.required or ZERO) - swap.retired) for swap in swaps), ZERO)
                scheme.retiring = positive(to_go - scheme.owed)
            elif replaces:
                scheme.owed = scheme.completed if scheme.is_completed_exact else None
                scheme.retiring = scheme.remaining
            if not scheme.is_pending:
                scheme.retiring = ZERO
            verdicts = {swap.verdict for swap in swaps}
            worst = next((verdict for verdict in ("fail", "unverified", "pass") if verdict in verdicts), None)
            scheme.verdict = worst or ("unverified" if replaces else None)
        return schemes

    @cached_property
    def swaps(self) -> dict[str, Exchange]:
        """Each swap, by its latest announcement."""
        latest = {one.event.swap_id: one.event for one in self.happened(CapacitySwapAnnounced)}
        retirements = [one.event for one in self.happened(of_capacity.CapacityRetired)]
        found = {}
        for id_, swap in latest.items():
            amounts = [exact(event.capacity) for event in retirements if event.swap_id == id_]
            gone = sum((amount or ZERO for amount in amounts), ZERO)
            scheme = self.bare_projects.get(swap.project_id)
            is_exact = None not in amounts and (scheme is None or scheme.is_completed_exact)
            found[id_] = fold_swap(swap, gone, scheme.completed if scheme else ZERO, is_exact=is_exact)
        return found

    def accounts(self, place: Callable[[FacilityRegistered | None], Any]) -> dict[tuple[Any, str], Account]:
        """The figures by place and activity. `place` says which country or region a facility stands in."""
        found: dict[tuple[Any, str], Account] = defaultdict(Account)
        for (facility, activity), plant in self.plants.items():
            account = found[place(self.facilities_registered.get(facility)), activity]
            account.figures["installed"] += plant.counted
            account.figures["idle"] += plant.counted_idle
            account.facilities += plant.counted != 0 or plant.unknowns > 0
            account.unknowns += plant.unknowns > 0
            account.low, account.high = added(account.low, plant.low), added(account.high, plant.high)
        for id_, scheme in self.projects.items():
            if scheme.is_pending or scheme.owed != 0:
                registered = self.projects_registered[id_]
                where = place(self.facilities_registered.get(registered.facility_id))
                account = found[where, registered.activity_id]
                account.figures["owed"] += scheme.owed or ZERO
                account.figures["gross"] += (scheme.remaining or ZERO) if scheme.is_pending else ZERO
                account.figures["retiring"] += scheme.retiring or ZERO
                account.projects += scheme.is_pending
                if scheme.is_pending:
                    account.gross_low += scheme.low
                    account.gross_high = added(account.gross_high, scheme.high)
                hidden = scheme.is_pending and scheme.remaining is None
                account.unknowns += scheme.owed is None or scheme.retiring is None or hidden
        for (facility, activity), parts in self.closures.items():
            key = (place(self.facilities_registered.get(facility)), activity)
            if key in found or in_all(parts) != (ZERO, ZERO):
                found[key].closing += parts
        return found

    @cached_property
    def stakes(self) -> dict[tuple[str, str, str, str], Held]:
        """Percent, or the word of a source, by kind of thing owned, its id, owner and kind of share: the events walked
        through in order."""
        held: dict[tuple[str, str, str, str], Held] = defaultdict(Decimal)
        kinds = (*ENTIRE, FacilityTransferred, *STATED, *TRANSFERRED)
        for one in self.happened(*kinds):
            event = one.event
            if isinstance(event, ENTIRE):
                is_over = isinstance(event, of_ownership.JointVentureDissolved)
                for key in [key for key in held if key[:2] == ("firm", event.venture_id)]:
                    if is_over or key[3] == "issued":
                        del held[key]
                for partner in getattr(event, "partners", ()):
                    held["firm", event.venture_id, partner.firm_id, "issued"] = said(partner.stake_pct)
            elif isinstance(event, FacilityTransferred):
                if event.owner_id is not None:
                    for key in [key for key in held if key[:2] == owned_by(event) and key[3] == "issued"]:
                        del held[key]
                    held[*owned_by(event), event.owner_id, "issued"] = Decimal(100)
            elif isinstance(event, STATED):
                held[*owned_by(event), event.owner_id, event.kind] = said(event.stake_pct)
            else:
                for firm, change in ((event.from_id, -event.stake_pct), (event.to_id, event.stake_pct)):
                    if firm:
                        key = (*owned_by(event), firm, "issued")
                        before = held[key]
                        if isinstance(before, str):
                            held[key] = before if change > 0 else "unknown"
                        else:
                            held[key] = before + change if isinstance(before, Decimal) else before.moved(change)
        counted: dict[tuple[str, str, str, str], list[Held]] = defaultdict(list)
        for (what, owned, owner, kind), percent in held.items():
            owner = self.merged.get(owner, owner)
            if what == "facility" or (owned not in self.merged and owner != owned):
                counted[what, owned, owner, kind].append(percent)
        return {key: share for key, parts in counted.items() if (share := together(parts))}

    @cached_property
    def shared(self) -> set[str]:
        """The facilities of which somebody's share was ever stated, of a kind that counts."""
        events = [one.event for one in self.happened(*STATED, *TRANSFERRED)]
        sold = {one.event.facility_id for one in self.happened(FacilityTransferred) if one.event.owner_id}
        return sold | {
            event.facility_id
            for event in events
            if hasattr(event, "facility_id") and (isinstance(event, TRANSFERRED) or event.kind in self.kinds)
        }

    @cached_property
    def control_words(self) -> dict[tuple[str, str], bool]:
        """By controller and controlled firm: whether the last word is that it controls it."""
        words: dict[tuple[str, str], bool] = {}
        for one in self.happened(of_ownership.ControlAsserted, of_ownership.ControlEnded):
            controller = self.merged.get(one.event.controller_id, one.event.controller_id)
            if one.event.controlled_id not in self.merged and one.event.controlled_id != controller:
                words[controller, one.event.controlled_id] = isinstance(one.event, of_ownership.ControlAsserted)
        return words
