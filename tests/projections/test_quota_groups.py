"""Whose quota counts with whose: mergers, and notices that count one firm's quota in another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from policytrack.events import Event
from tests.projections.world import event, firm, retracted


def quota(id_: str, holder: str, day: str, known_on: str | None = None, **fields: Any) -> Event:
    given = {"jurisdiction": "CN", "activity_id": "rare-earth-mining-quota", "stage": "mining", "material": "light"}
    more = {"quota_id": id_, "holder_id": holder, "year": int(day[:4]), "amount": "100", **fields}
    return event("quota_issued", day, known_on, **given, **more)


FIRMS = ("north", "south", "east", "west", "small", "round", "about")
TAKEN_BACK = quota("mistaken", "north", "2022-06-01", includes=["west"])
EVENTS = [
    *(firm(name) for name in FIRMS),
    quota("first", "south", "2022-01-01", includes=["east"]),
    event("firm_merged", "2023-01-01", firm_id="south", into_firm_id="north"),
    quota("learned-late", "north", "2023-06-01", "2024-06-01", includes=["small"]),
    quota("several", "north", "2024-01-01", includes=["west", "east"]),
    quota("circle", "round", "2022-01-01", includes=["about"]),
    quota("back", "about", "2022-01-01", includes=["round"]),
    TAKEN_BACK,
    retracted(TAKEN_BACK, "error", "2022-07-01"),
]


def groups(world: Path, as_of: str, known_at: str | None = None) -> dict[str, str]:
    with duckdb.connect(str(world), read_only=True) as plain:
        asked = f"FROM _quota_group_at(DATE '{as_of}', DATE '{known_at or as_of}')"
        return dict(plain.execute(asked).fetchall())


def test_nobody_is_counted_with_another_before_a_notice_says_so(world: Path) -> None:
    assert groups(world, "2021-12-31") == {}
    assert groups(world, "2022-12-31") == {"east": "south"}


def test_a_chain_of_notices_and_mergers_ends_with_the_last(world: Path) -> None:
    assert groups(world, "2023-03-01") == {"south": "north", "east": "north"}


def test_a_notice_may_count_several_and_the_last_one_decides(world: Path) -> None:
    assert groups(world, "2024-02-01") == {"south": "north", "east": "north", "west": "north"}


def test_what_became_known_later_counts_from_then_on(world: Path) -> None:
    assert "small" not in groups(world, "2023-12-31", "2023-12-31")
    assert groups(world, "2023-12-31", "2024-12-31")["small"] == "north"


def test_a_notice_that_was_taken_back_counts_no_more(world: Path) -> None:
    assert "west" not in groups(world, "2022-12-31")


def test_a_circle_names_nobody(world: Path) -> None:
    assert not {"round", "about"} & set(groups(world, "2024-12-31"))
