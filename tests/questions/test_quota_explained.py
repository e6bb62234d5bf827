"""`why quota`: the notices that make a quota add up to it, and those that do not count say why."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import NotFound, UsageError
from policytrack.events import Event
from policytrack.ledger import Ledger
from policytrack.questions import ask
from policytrack.questions.why_quota import QuotaQuestion, explain_quota
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import corrected, event, firm, read_model
from tests.questions.conftest import TODAY
from tests.thinning import one_in


def of_row(row: dict[str, Any], perimeter: str) -> QuotaQuestion:
    """The question that a row of `quotas` by year or by holder answers."""
    return QuotaQuestion(
        row["year"], row["holder_id"], row.get("batch"), (row["stage"],), (), (row["jurisdiction"],),
        (row["activity_id"],), perimeter,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("question", "perimeter", "as_of"),
    one_in(
        4,
        [
            ("quotas_by_year", "reported", TODAY),
            ("quotas_by_year", "constant", TODAY),
            ("quotas_by_holder", "reported", TODAY),
            ("quotas_by_year", "reported", date(2023, 6, 30)),
        ],
    ),
)
def test_the_notices_of_a_quota_add_up_to_it(demo: Ledger, question: str, perimeter: str, as_of: date) -> None:
    with Session(demo.generation(notes=lambda _: None), Coordinates(as_of, TODAY)) as session:
        rows = ask(session, question, {"perimeter": perimeter}).to_pylist()
        known = [row for row in rows if row["amount"] is not None]
        asked = random.Random(3).sample(known, 6) + [row for row in rows if row["amount"] is None][:3]
        for row in asked:
            # Raises if the sum of the leaves is not the figure, to the last digit.
            found = explain_quota(session, of_row(row, perimeter))
            assert found.reported == row["amount"] == found.total, row
            assert found.leaves, row
    assert sum(1 for row in asked if row["amount"]) > 3


def issued(id_: str, batch: str, amount: str, day: str, known_on: str | None = None) -> Event:
    fields = {"jurisdiction": "CN", "activity_id": "rare-earth-mining-quota", "stage": "mining", "material": "light"}
    return event(
        "quota_issued", day, known_on, **fields, quota_id=id_, year=2024, batch=batch, amount=amount, holder_id="miner"
    )


FIRST = issued("first", "B1", "60", "2024-01-10")
EVENTS = [
    firm("miner"),
    FIRST,
    corrected(FIRST, "revision", "2024-03-01", amount="70"),
    issued("second", "B2", "40", "2024-06-01", "2024-07-01"),
    issued("second", "B2", "45", "2024-08-01"),
    issued("year", "FY", "120", "2024-12-31"),
]


@contextmanager
def at(folder: Path, as_of: str, known_at: str) -> Iterator[Session]:
    with Session(
        read_model(folder / "quota.duckdb", EVENTS),
        Coordinates(date.fromisoformat(as_of), date.fromisoformat(known_at)),
    ) as session:
        yield session


@pytest.mark.parametrize(
    ("as_of", "known_at", "figure", "leaves", "others"),
    one_in(2, [
        ("2024-12-31", "2024-12-31", 120, [6], {
            2: "superseded by e3", 3: "the figure of the whole year stands for it", 4: "restated since",
            5: "the figure of the whole year stands for it",
        }),
        ("2024-12-30", "2025-01-01", 115, [3, 5], {2: "superseded by e3", 4: "restated since", 6: "effective only later"}),
        ("2024-07-31", "2024-06-30", 70, [3], {
            2: "superseded by e3", 4: "known only later", 5: "known only later", 6: "known only later",
        }),
        ("2024-07-31", "2024-02-28", 60, [2], dict.fromkeys((3, 4, 5, 6), "known only later")),
    ]),
)  # fmt: skip
def test_notices_that_do_not_count_say_why(
    tmp_path: Path, as_of: str, known_at: str, figure: int, leaves: list[int], others: dict[int, str]
) -> None:
    with at(tmp_path, as_of, known_at) as session:
        found = explain_quota(session, QuotaQuestion(2024, "miner"))
    assert (found.reported, found.total) == (figure, figure)
    assert [leaf["position"] for leaf in found.leaves] == leaves
    assert {other["position"]: other["reason"] for other in found.not_counted} == others


def test_one_notice_is_explained_beside_the_figure_of_the_year(tmp_path: Path) -> None:
    with at(tmp_path, "2024-12-31", "2024-12-31") as session:
        found = explain_quota(session, QuotaQuestion(2024, "miner", "B2"))
    assert (found.total, [leaf["position"] for leaf in found.leaves]) == (45, [5])


def test_a_quota_that_is_not_there_and_one_of_several_are_said_to_be_so(demo: Ledger) -> None:
    with Session(demo.generation(notes=lambda _: None), Coordinates(TODAY, TODAY)) as session:
        with pytest.raises(NotFound):
            explain_quota(session, QuotaQuestion(1990))
        with pytest.raises(UsageError, match="several quotas are meant"):
            explain_quota(session, QuotaQuestion(2024))
