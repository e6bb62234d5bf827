"""An answer is cited by the events that it includes, also when other processes record events meanwhile."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from policytrack.cli.citing import citation_of
from policytrack.cli.context import Context
from policytrack.cli.run_question import footer, run_query
from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from policytrack.store.sqlite.reading import digest_at
from tests.cli.conftest import head_of
from tests.examples import firm

DAY = date(2026, 11, 23)


@pytest.mark.parametrize("position", [None, 400])
def test_an_event_recorded_during_the_answer_is_not_in_its_citation(ledger: Path, position: int | None) -> None:
    context, coordinates = Context(folder=ledger), Coordinates(as_of=DAY, known_at=DAY, head=position)
    before = head_of(ledger)
    digest = digest_at(ledger / "events.db", position or before)
    assert digest is not None

    def answer_while_another_process_records(session: Session) -> int:
        Ledger(ledger).record([firm("acme-works")])
        return ask(session, "log").num_rows

    rows = run_query(context, coordinates, answer_while_another_process_records)
    assert head_of(ledger) == before + 1
    assert f"head e{position or before} sha256:{digest[:12]}" in footer(context, coordinates)
    cited = citation_of(context, coordinates)
    assert rows == cited.position == (position or before)
    assert cited.digest == digest


def test_the_head_of_an_answered_file_is_that_of_the_file_and_not_of_the_store(ledger: Path) -> None:
    opened = Ledger(ledger)
    path = opened.file_at(Coordinates(as_of=DAY, known_at=DAY), notes=lambda _: None)
    before, digest = opened.head_of_file(path)
    opened.record([firm("acme-works")])
    assert opened.head_of_file(path) == (before, digest)
    assert head_of(ledger) == before + 1
