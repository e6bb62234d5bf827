"""A project that is a phase of another: a link, which may not lead back to itself."""

from __future__ import annotations

import io
from datetime import date

import pytest

from policytrack.errors import PolicytrackError, RejectedImport, UnknownId
from policytrack.events import Event
from policytrack.ledger import Ledger
from tests.examples import correction, facility, firm, project, retraction

WORLD = [firm(), facility()]


def phase(project_id: str, whole: str | None = None) -> Event:
    return project(project_id, phase_of=whole)


def imported(ledger: Ledger, *events: Event) -> None:
    """Import as large files are imported."""
    lines = "".join(f"{event.to_json()}\n" for event in events)
    ledger.import_files([("stdin", io.BytesIO(lines.encode()))], today=date(2026, 11, 23))


def test_the_whole_is_registered_and_stays_as_long_as_it_has_phases(ledger: Ledger) -> None:
    one = phase("one", "whole")
    ledger.record(WORLD)
    with pytest.raises(UnknownId, match=r"project_registered\.phase_of: no project 'whole'"):
        ledger.record([one])
    whole = phase("whole")
    ledger.record([one, whole])
    with pytest.raises(PolicytrackError, match="registers project whole, which 1 other event uses"):
        ledger.record([retraction(whole)])
    ledger.record([correction(one, "error", phase_of=None), retraction(whole)])


@pytest.mark.parametrize("is_import", [False, True])
def test_phases_in_a_circle_are_refused(ledger: Ledger, is_import: bool) -> None:
    record = imported if is_import else lambda ledger, *events: ledger.record(list(events))
    whole, part, detail = phase("whole"), phase("part", "whole"), phase("detail", "part")
    record(ledger, *WORLD, whole, part, detail)
    circle = "the phases would make a circle: whole of detail of part of whole"
    with pytest.raises((PolicytrackError, RejectedImport), match=circle):
        record(ledger, correction(whole, "error", phase_of="detail"))
    with pytest.raises(RejectedImport, match="circle"):
        record(ledger, phase("left", "right"), phase("right", "left"))
    other = phase("other")
    record(ledger, other, correction(part, "error", phase_of="other"), correction(whole, "error", phase_of="detail"))
