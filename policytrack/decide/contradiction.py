"""Finds contradicting statements in one import: one source gives two figures for one thing on one day.

A statement sets a figure (installed capacity, a share, a plan): of two for one day, the later replaces the earlier.
Statements of different sources, or with different known_on, have an order; the check `statements_disagree` reports
them. Rows of one source with one known_on have no order, and the last row must not win silently.

Rows with their own event id are not compared: an export of a ledger that holds both must import again.
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
from policytrack.events.policy import ExchangeRateStated, SupportAwarded
from policytrack.events.projects import ProjectAnnounced, ProjectApproved, ScheduleRevised, ScopeRevised
from policytrack.events.registry import FirmRenamed
from policytrack.values.quantities import Capacity, Money, format_decimal
from policytrack.values.shares import format_share

CHECK: Final = "statements_disagree"
"""The check that a row must acknowledge to be recorded although another row contradicts it."""
_PLANS: Final = (ProjectAnnounced, ProjectApproved, ScheduleRevised, ScopeRevised)
_STATING: Final = (CapacityStated, StakeStated, FacilityStakeStated, JointVentureFormed, FirmRenamed, SupportAwarded)
STATING: Final = frozenset(event_type.TOPIC for event_type in (*_STATING, *_PLANS))
"""Names of the event types that state such figures."""

Account = tuple[str, ...]
"""The key of a statement: its subject, the day, known_on and the source documents."""


class Statement(NamedTuple):
    """One figure that an event states: its account, the account's name in messages, the canonical figure, and the
    figure as written in the input."""

    account: Account
    name: str
    figure: str
    written: str


def statements(event: Event) -> Iterator[Statement]:
    """Yield the figures that an event states, each of which replaces an earlier one for the same day."""
    if superseded_id(event) is not None or any(one.check == CHECK for one in event.acknowledged):
        return
    latest = event.effective.latest
    day = min(latest, event.known_on) if latest is not None else event.known_on
    documents = sorted(" ".join((one.title, one.publisher or "", one.url or "")) for one in event.sources)
    known = (day.isoformat(), event.known_on.isoformat(), *documents)
    for thing, name, figure in _figures(event):
        yield Statement((*thing, *known), f"{name} for {day}", figure, _written(event, figure))


def key_of(text: str) -> int:
    """Return a 64-bit hash of an account or figure.

    At 10 million rows a collision has a probability of about 3 in a million; it costs one needless comparison.
    """
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def key_of_account(account: Account) -> int:
    """Return the 64-bit hash of an account."""
    return key_of("\0".join(account))


def keys_of_statements(event: Event) -> Iterator[int]:
    """Yield pairs as a flat sequence: the hash of an account, then the hash of its figure."""
    for statement in statements(event):
        yield key_of_account(statement.account)
        yield key_of(statement.figure)


def contradiction(statement: Statement, other: Statement, other_place: Place) -> NeedsAcknowledgement:
    """Return the error for a statement that contradicts another row of the import."""
    is_of_plant = statement.account[0] == CapacityStated.TOPIC
    units = "if both are units of one plant, give each its unit_id; " if is_of_plant else ""
    return NeedsAcknowledgement(
        f"{CHECK}: {statement.name} is {statement.written} here and {other.written} in {other_place}; both rows have"
        " the same source and known_on, so only one can count",
        hint=f"{units}if both are parts of one thing, write their sum in one row; if they are two things, give them two"
        " ids; if one is wrong, delete it; if one is older, give each its known_on; otherwise acknowledge"
        f" {CHECK} (`acknowledged: [{{check: {CHECK}, reason: …}}]`)",
    )


def _figures(event: Event) -> Iterator[tuple[Account, str, str]]:
    """Yield the subject of each figure that an event states, its name in messages, and the canonical figure."""
    thing: Account
    if isinstance(event, CapacityStated):
        idle = "" if event.idle_share_pct is None else f", {format_decimal(event.idle_share_pct)} % of it idle"
        thing = (event.TOPIC, event.facility_id, event.activity_id, event.basis or "", *filter(None, [event.unit_id]))
        unit = f", unit {event.unit_id}," if event.unit_id else ""
        yield thing, f"{event.activity_id}{unit} at {event.facility_id}", _capacity(event.capacity) + idle
    elif isinstance(event, StakeStated):
        thing = (event.TOPIC, event.owned_id, event.owner_id, event.kind)
        yield thing, f"the share of {event.owner_id} in {event.owned_id}", format_share(event.stake_pct)
    elif isinstance(event, FacilityStakeStated):
        thing = (event.TOPIC, event.facility_id, event.owner_id, event.kind)
        name = f"the share of {event.owner_id} in facility {event.facility_id}"
        yield thing, name, format_share(event.stake_pct)
    elif isinstance(event, JointVentureFormed):
        shares = sorted(f"{one.firm_id} {format_share(one.stake_pct)}" for one in event.partners)
        yield (event.TOPIC, event.venture_id), f"the shareholding of {event.venture_id}", ", ".join(shares)
    elif isinstance(event, FirmRenamed):
        yield (event.TOPIC, event.firm_id), f"the new name of {event.firm_id}", event.name
    elif isinstance(event, SupportAwarded):
        if event.amount is not None and event.stage in ("announced", "awarded"):
            thing = (event.TOPIC, event.support_id, event.stage)
            yield thing, f"support {event.support_id} {event.stage}", _money(event.amount)
    elif isinstance(event, ExchangeRateStated):
        thing = (event.TOPIC, event.currency, event.in_currency)
        yield thing, f"the rate of {event.currency} in {event.in_currency}", format_decimal(event.rate)
    elif isinstance(event, _PLANS):
        for field, figure in _plan(event):
            yield (event.TOPIC, event.project_id, field), f"the {field} of {event.project_id}", figure


def _plan(event: ProjectAnnounced | ProjectApproved | ScheduleRevised | ScopeRevised) -> Iterator[tuple[str, str]]:
    """Yield the name and the canonical figure of each part of a project's plan that an event states."""
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
    """Return a figure as the input wrote it (``0.5万吨/年``); the canonical figure for anything but a capacity."""
    capacity = getattr(event, "capacity", None)
    if isinstance(capacity, Capacity) and figure == _capacity(capacity) and capacity.written:
        return capacity.written
    return figure


def _capacity(capacity: Capacity) -> str:
    return capacity.figures


def _money(money: Money) -> str:
    return str(money)
