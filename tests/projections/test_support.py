"""Support that adds up: stages inherit, the last award counts, payments add up, currencies are never mixed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policytrack.errors import UsageError
from policytrack.events import Event
from policytrack.questions import ask
from policytrack.questions.why_support import FIGURES, SupportQuestion, explain_support
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.projections.world import corrected, event, facility, firm, found_by, project, read_model, row, rows


def stage(name: str, day: str, amount: str | None, id_: str = "loan", **fields: Any) -> Event:
    given = {"support_id": id_, "jurisdiction": "US", "instrument": "loan", "stage": name, **fields}
    return event("support_awarded", day, **given, **({"amount": amount} if amount else {}))


def rate(currency: str, units: str, day: str) -> Event:
    return event("exchange_rate_stated", day, currency=currency, in_currency="USD", rate=units)


PAID = stage("disbursed", "2021-06-01", "USD 10 M")
WORLD = [
    firm("maker", country="US"),
    facility("works", "maker", country="US"),
    project("line", "works", "maker"),
    stage("announced", "2020-01-01", "USD 90 M"),
    stage("awarded", "2021-01-01", "USD 100 M", recipient_id="maker", project_id="line", programme="An act"),
    stage("awarded", "2021-03-01", "USD 80 M"),
    PAID,
    stage("disbursed", "2022-01-01", "USD 20 M"),
    stage("clawed_back", "2023-01-01", "USD 5 M"),
    corrected(PAID, "revision", "2022-06-01", amount="USD 12 M"),
    stage("awarded", "2021-01-01", "EUR 10 M", "grant", instrument="grant", jurisdiction="EU"),
    stage("disbursed", "2021-06-01", None, "grant", instrument="grant", jurisdiction="EU"),
    stage("awarded", "2021-01-01", "EUR 4 M", "mixed", jurisdiction="EU", recipient_id="maker"),
    stage("disbursed", "2022-01-01", "USD 3 M", "mixed", jurisdiction="EU"),
    stage("awarded", "2021-01-01", "USD 1 M", "small"),
    stage("disbursed", "2021-02-01", "USD 2 M", "small"),
    stage("clawed_back", "2021-03-01", "USD 3 M", "paid-back"),
    rate("EUR", "1.2", "2020-06-01"),
    rate("EUR", "1.1", "2021-05-01"),
]
DAY = date(2024, 1, 1)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return read_model(tmp_path_factory.mktemp("support") / "m.duckdb", WORLD)


@pytest.fixture
def session(world: Path) -> Iterator[Session]:
    with Session(world, Coordinates(DAY, DAY)) as opened:
        yield opened


def totals(session: Session, by: str, currency: str | None = None) -> dict[tuple[Any, Any], list[Any]]:
    answer = ask(session, "support_totals", {"by": by, "currency": currency}).to_pylist()
    return {
        (one["group_id"], one["currency"]): [*(one[name] for name in FIGURES), one["unknown_count"]] for one in answer
    }


def test_a_stage_inherits_recipient_project_and_programme_from_the_others(world: Path) -> None:
    stages = rows(world, "FROM support WHERE support_id = 'loan'", "2024-01-01")
    assert {(one["recipient_id"], one["project_id"], one["programme"], one["country_code"]) for one in stages} == {
        ("maker", "line", "An act", "US")
    }
    assert {one["activity_id"] for one in stages} == {"rare-earth-separation"}
    assert {one["recipient_id"] for one in rows(world, "FROM support WHERE support_id = 'loan'", "2020-06-01")} == {
        None
    }


@pytest.mark.parametrize(
    ("day", "figures"),
    [
        ("2021-02-01", (90, 100, None, None, 100)),
        ("2021-07-01", (90, 80, 10, None, 70)),
        ("2022-02-01", (90, 80, 30, None, 50)),
        ("2024-01-01", (90, 80, 32, 5, 48)),
    ],
)
def test_the_last_award_counts_and_payments_add_up(world: Path, day: str, figures: tuple[int | None, ...]) -> None:
    found = row(world, "FROM support_figure WHERE support_id = 'loan'", day)
    assert tuple(found[name] and found[name] / 1_000_000 for name in FIGURES) == figures


def test_what_is_not_comparable_is_not_outstanding_and_is_counted(world: Path) -> None:
    grant = rows(world, "FROM support_figure WHERE support_id = 'grant' ORDER BY currency", "2024-01-01")
    assert [(one["currency"], one["awarded"], one["outstanding"], one["unknown_count"]) for one in grant] == [
        ("EUR", 10_000_000, None, 1), (None, None, None, 1),
    ]  # fmt: skip
    mixed = rows(world, "FROM support_figure WHERE support_id = 'mixed' ORDER BY currency", "2024-01-01")
    assert [(one["currency"], one["awarded"], one["disbursed"], one["outstanding"]) for one in mixed] == [
        ("EUR", 4_000_000, None, None), ("USD", None, 3_000_000, None),
    ]  # fmt: skip


def test_amounts_of_two_currencies_are_never_added_and_converted_at_the_rate_of_their_day(session: Session) -> None:
    of_maker = totals(session, "firm")
    assert (of_maker["maker", "USD"][1], of_maker["maker", "EUR"][1]) == (80_000_000, 4_000_000)
    converted = totals(session, "firm", "USD")
    assert converted["maker", "USD"][1] == 80_000_000 + Decimal("1.2") * 4_000_000
    assert totals(session, "support", "CNY")["loan", "CNY"] == [None, None, None, None, None, 5]


def test_every_figure_is_explained_by_its_stages(session: Session) -> None:
    supports = ("loan", "mixed", "paid-back")
    for id_ in supports:
        for figure in FIGURES:
            for converted in (None, "USD"):
                stated = {"mixed": "EUR"}.get(id_) if converted is None else None
                chosen = SupportQuestion(figure, {"support": [id_]}, stated, converted)
                explanation = explain_support(session, chosen)
                assert explanation.tree() is not None
                assert {leaf["thing"] for leaf in explanation.leaves} <= {f"support:{id_}"}
    awarded = explain_support(session, SupportQuestion("awarded", {"support": ["loan"]}))
    assert [(one["position"], one["reason"]) for one in awarded.not_counted] == [(5, "restated since")]
    paid = explain_support(session, SupportQuestion("disbursed", {"support": ["loan"]}))
    assert [(one["position"], one["reason"]) for one in paid.not_counted] == [(7, "superseded by e10")]
    assert (
        explain_support(session, SupportQuestion("awarded", {"support": ["mixed"]}, None, "USD")).leaves[0]["reason"]
        == "at 1.2 of e18"
    )
    with pytest.raises(UsageError, match="several currencies are meant: EUR, USD"):
        explain_support(session, SupportQuestion("awarded"))


INEXACT = [
    stage("announced", "2020-01-01", "up to USD 90 M"),
    stage("awarded", "2021-01-01", "USD 70-80 M"),
    stage("disbursed", "2021-06-01", "USD 10 M"),
    stage("disbursed", "2022-06-01", "about USD 20 M"),
    stage("awarded", "2021-01-01", "more than USD 5 M", "open"),
    stage("disbursed", "2021-06-01", "USD 2 M", "open"),
    stage("awarded", "2021-01-01", "USD 3 M", "silent"),
    stage("disbursed", "2021-06-01", None, "silent"),
    event("exchange_rate_stated", "2020-01-01", currency="USD", in_currency="EUR", rate="0.5"),
]


def test_an_amount_that_is_not_exact_counts_with_its_ends(tmp_path: Path) -> None:
    world = read_model(tmp_path / "m.duckdb", INEXACT)
    found = {one["support_id"]: one for one in rows(world, "FROM support_figure WHERE currency = 'USD'", "2024-01-01")}

    def ends(id_: str, name: str) -> tuple[Any, ...]:
        figures = (found[id_][f"{name}{end}"] for end in ("", "_low", "_high"))
        return tuple(None if one is None else one / 1_000_000 for one in figures)

    assert ends("loan", "announced") == (None, 0, 90)
    assert ends("loan", "awarded") == (None, 70, 80)
    assert ends("loan", "disbursed") == (10, 28, 32)
    assert ends("loan", "outstanding") == (None, 38, 52)
    assert ends("loan", "clawed_back") == (None, None, None)
    assert found["loan"]["unknown_count"] == 4
    assert ends("open", "awarded") == (None, 5, None)
    assert ends("open", "outstanding") == (None, 3, None)
    assert ends("silent", "awarded") == (3, 3, 3)
    assert ends("silent", "outstanding") == (None, None, None)
    stages = rows(world, "FROM support WHERE support_id = 'loan' ORDER BY since", "2024-01-01")
    assert [(one["amount"], one["amount_low"], one["amount_high"]) for one in stages[:2]] == [
        (None, 0, 90_000_000), (None, 70_000_000, 80_000_000),
    ]  # fmt: skip
    summaries = {one["summary"] for one in rows(world, "SELECT summary FROM event_log", "2024-01-01")}
    assert {"loan: loan announced up to USD 90 M", "loan: loan awarded USD 70-80 M"} <= summaries


def test_the_ends_of_support_are_converted_and_explained_with_the_words_of_the_source(tmp_path: Path) -> None:
    world = read_model(tmp_path / "m.duckdb", INEXACT)
    with Session(world, Coordinates(DAY, DAY)) as session:
        loan = next(
            one
            for one in ask(session, "support_totals", {"by": "support", "currency": "EUR"}).to_pylist()
            if one["group_id"] == "loan"
        )
        explained = explain_support(session, SupportQuestion("disbursed", {"support": ["loan"]}))
        awarded = explain_support(session, SupportQuestion("awarded", {"support": ["loan"]}))
    assert (loan["awarded"], loan["awarded_low"], loan["awarded_high"]) == (None, 35_000_000, 40_000_000)
    assert [(one["amount"], one["value"]) for one in explained.leaves] == [
        (10_000_000, None), (None, "about USD 20 M"),
    ]  # fmt: skip
    assert [(one["amount"], one["value"]) for one in awarded.leaves] == [(None, "USD 70-80 M")]


def test_only_what_surely_does_not_add_up_is_reported(tmp_path: Path) -> None:
    world = read_model(
        tmp_path / "m.duckdb",
        [
            stage("awarded", "2021-01-01", "USD 5-8 M", "within"),
            stage("disbursed", "2021-06-01", "USD 7 M", "within"),
            stage("awarded", "2021-01-01", "USD 5-8 M", "beyond"),
            stage("disbursed", "2021-06-01", "> USD 9 M", "beyond"),
            stage("awarded", "2021-01-01", "at least USD 5 M", "open"),
            stage("disbursed", "2021-06-01", "USD 9 M", "open"),
        ],
    )
    found = found_by(world, "support_does_not_add_up", "2024-01-01")
    assert [(one["subject"], one["message"]) for one in found] == [
        ("support:beyond", "9,000,000 USD is disbursed, more than the 8,000,000 awarded")
    ]


def test_an_exact_amount_stays_in_the_first_version_and_another_is_of_the_second() -> None:
    exact, inexact = stage("awarded", "2021-01-01", "USD 5 M"), stage("awarded", "2021-01-01", "USD 5-8 M")
    assert (exact.schema_version, inexact.schema_version) == (1, 2)
    assert '"amount":{"amount":"5000000","currency":"USD","written":"USD 5 M"}' in exact.to_json()
    for one in (exact, inexact):
        assert type(one).model_validate_json(one.to_json()) == one


def test_support_that_does_not_add_up_is_reported(world: Path) -> None:
    found = found_by(world, "support_does_not_add_up", "2024-01-01")
    assert {one["subject"]: one["message"].split(":")[0] for one in found} == {
        "support:mixed": "its stages are in several currencies (EUR, USD)",
        "support:small": "2,000,000 USD is disbursed, more than the 1,000,000 awarded",
        "support:paid-back": "3,000,000 USD is clawed back, more than the 0 disbursed",
    }


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"in_currency": "USD"}, "are the same"),
        ({"rate": "0"}, "above 0"),
        ({"rate": "-1"}, "is not a number"),
        ({"rate": "0.123456789"}, "more than 8 decimals"),
        ({"rate": "about 7"}, "is not a number"),
        ({"currency": "$"}, "is not an ISO 4217 currency"),
    ],
)
def test_a_wrong_rate_is_refused(fields: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        event(
            "exchange_rate_stated", "2020-01-01", **{"currency": "USD", "in_currency": "CNY", "rate": "7.1", **fields}
        )
