"""Contradicting statements of one import: one source says two figures of one thing for one day, and only one can count.

A statement sets a figure (installed capacity, a share, a plan), so that of two for one day one replaces the other. Of
two sources, or of two days on which they were known, the later is a revision, and the check `statements_disagree`
reports both. Rows of one source known on one day have no such order: the last row must not win in silence.

Rows with an event id of their own are left alone: an export of a ledger that holds both must go in again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final, NamedTuple

from policytrack.decide.state import superseded_id
from policytrack.errors import NeedsAcknowledgement, Place
from policytrack.events.capacity import CapacityStated
from policytrack.events.envelope import Event
from policytrack.events.ownership import FacilityStakeStated, JointVentureFormed, StakeStated
from policytrack.events.policy import SupportAwarded
from policytrack.events.projects import ProjectAnnounced, ProjectApproved, ScheduleRevised, ScopeRevised
from policytrack.events.registry import FirmRenamed
from policytrack.values.quantities import Capacity, Money, format_decimal

CHECK: Final = "statements_disagree"
"""The check that a row acknowledges to be recorded beside another that contradicts it."""
_PLANS: Final = (ProjectAnnounced, ProjectApproved, ScheduleRevised, ScopeRevised)
_STATING: Final = (CapacityStated, StakeStated, FacilityStakeStated, JointVentureFormed, FirmRenamed, SupportAwarded)
STATING: Final = frozenset(event_type.TOPIC for event_type in (*_STATING, *_PLANS))
"""The types of events that state such figures."""

Account = tuple[str, ...]
"""What a statement is about: the thing, the day, the day it was known and the documents that say so."""


class Statement(NamedTuple):
    """One figure that an event states: its account, a name for that, the figure in one spelling, and as written."""

    account: Account
    name: str
    figure: str
    written: str


def statements(event: Event) -> Iterator[Statement]:
    """The figures that an event states, each of which replaces an earlier one for the same day."""
    if superseded_id(event) is not None or any(one.check == CHECK for one in event.acknowledged):
        return
    latest = event.effective.latest
    day = min(latest, event.known_on) if latest is not None else event.known_on
    documents = sorted(" ".join((one.title, one.publisher or "", one.url or "")) for one in event.sources)
    known = (day.isoformat(), event.known_on.isoformat(), *documents)
    for thing, name, figure in _figures(event):
        yield Statement((*thing, *known), f"{name} for {day}", figure, _written(event, figure))


def key_of(text: str) -> int:
    """64 bits of an account or figure: two different ones hardly ever have the same."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def key_of_account(account: Account) -> int:
    """The key of an account, as in `key_of`."""
    return key_of("\0".join(account))


def keys_of_statements(event: Event) -> Iterator[int]:
    """Alternately the key of each account of an event and that of the figure stated."""
    for statement in statements(event):
        yield key_of_account(statement.account)
        yield key_of(statement.figure)


def contradiction(statement: Statement, other: Statement, other_place: Place) -> NeedsAcknowledgement:
    """The refusal of a statement that contradicts another row of the import."""
    return NeedsAcknowledgement(
        f"{CHECK}: {statement.name} is {statement.written} here and {other.written} in {other_place}, by one source"
        " known on one day; only one can count",
        hint="parts of one thing: write their sum in one row; two things: give them two ids; one is wrong or older:"
        f" delete it, or give each its known_on; else acknowledge {CHECK}"
        f" (`acknowledged: [{{check: {CHECK}, reason: …}}]`)",
    )


def _figures(event: Event) -> Iterator[tuple[Account, str, str]]:
    """Each thing of which an event states a figure, with its name and the figure."""
    thing: Account
    if isinstance(event, CapacityStated):
        idle = "" if event.idle_share_pct is None else f", {format_decimal(event.idle_share_pct)} % of it idle"
        thing = (event.TOPIC, event.facility_id, event.activity_id, event.basis or "")
        yield thing, f"{event.activity_id} at {event.facility_id}", _capacity(event.capacity) + idle
    elif isinstance(event, StakeStated):
        thing = (event.TOPIC, event.owned_id, event.owner_id, event.kind)
        yield thing, f"the share of {event.owner_id} in {event.owned_id}", f"{format_decimal(event.stake_pct)} %"
    elif isinstance(event, FacilityStakeStated):
        thing = (event.TOPIC, event.facility_id, event.owner_id, event.kind)
        name = f"the share of {event.owner_id} in facility {event.facility_id}"
        yield thing, name, f"{format_decimal(event.stake_pct)} %"
    elif isinstance(event, JointVentureFormed):
        shares = sorted(f"{one.firm_id} {format_decimal(one.stake_pct)} %" for one in event.partners)
        yield (event.TOPIC, event.venture_id), f"the shareholding of {event.venture_id}", ", ".join(shares)
    elif isinstance(event, FirmRenamed):
        yield (event.TOPIC, event.firm_id), f"the new name of {event.firm_id}", event.name
    elif isinstance(event, SupportAwarded):
        if event.amount is not None and event.stage in ("announced", "awarded"):
            thing = (event.TOPIC, event.support_id, event.stage)
            yield thing, f"support {event.support_id} {event.stage}", _money(event.amount)
    elif isinstance(event, _PLANS):
        for field, figure in _plan(event):
            yield (event.TOPIC, event.project_id, field), f"the {field} of {event.project_id}", figure


def _plan(event: ProjectAnnounced | ProjectApproved | ScheduleRevised | ScopeRevised) -> Iterator[tuple[str, str]]:
    """The figures of a plan that an event states, by field."""
    capacity: Capacity | None = getattr(event, "capacity", None)
    investment: Money | None = getattr(event, "investment", None)
    due = getattr(event, "due", None)
    if capacity is not None:
        yield "planned capacity", _capacity(capacity)
    if investment is not None:
        yield "investment", _money(investment)
    if due is not None:
        yield "due date", str(due)


def _written(event: Event, figure: str) -> str:
    """The figure in the words of the input, where it is a capacity and was written otherwise."""
    capacity = getattr(event, "capacity", None)
    if isinstance(capacity, Capacity) and figure == _capacity(capacity) and capacity.written:
        return capacity.written
    return figure


def _capacity(capacity: Capacity) -> str:
    bound = {"at_least": ">= ", "at_most": "<= ", "more_than": "> "}.get(capacity.bound, "")
    return capacity.bound if capacity.value is None else f"{bound}{format_decimal(capacity.value)}"


def _money(money: Money) -> str:
    return f"{money.currency} {format_decimal(money.amount)}"
