"""Columns and units of one's choice, pending projects by year, and those that slipped."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from policytrack.cli.output.shaping import NOT_IN_THE_UNIT, in_unit, is_in_the_unit
from policytrack.errors import UsageError
from policytrack.output.answer import Answer
from policytrack.readmodel.coordinates import Coordinates
from policytrack.readmodel.session import Session
from tests.cli.conftest import policytrack
from tests.projections.test_views_contract import VIEWS
from tests.projections.world import read_model

DAY = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")
SEPARATION = ("--country", "CN", "--activity", "rare-earth-separation")


def answered(*rows: tuple[str, str, str]) -> Answer:
    return Answer(
        pa.Table.from_pylist(
            [{"unit": unit, "net": Decimal(net), "stake_pct": Decimal(pct)} for unit, net, pct in rows],
            pa.schema([("unit", pa.string()), ("net", pa.decimal128(38, 3)), ("stake_pct", pa.decimal128(9, 6))]),
        )
    )


@pytest.mark.parametrize(
    ("unit", "figure", "wanted", "shown", "named"),
    [
        ("MWh/yr", "16000", "GWh", "16", "GWh/yr"),
        ("MWh/yr", "16000", "TWh/yr", "0.016", "TWh/yr"),
        ("t REO/yr", "45800", "kt", "45.8", "kt REO/yr"),
        ("t REO/yr", "45800", "kt REO/yr", "45.8", "kt REO/yr"),
        ("wafers/yr", "480000", "wafers/month", "40000", "wafers/month"),
        ("wafers/yr", "100", "wafers/month", "8.333333", "wafers/month"),
        ("MW", "1200", "GW", "1.2", "GW"),
        ("bbl/d", "250000", "kbbl", "250", "kbbl/d"),
    ],
)
def test_figures_are_shown_in_another_unit_exactly(unit: str, figure: str, wanted: str, shown: str, named: str) -> None:
    found, others = in_unit(answered((unit, figure, "50")), wanted)
    (row,) = found.table.to_pylist()
    assert (row["net"], row["unit"], row["stake_pct"], others) == (Decimal(shown), named, 50, [])


def test_rows_of_another_dimension_keep_their_unit_and_are_reported() -> None:
    found, others = in_unit(answered(("MWh/yr", "5000", "1"), ("t/yr", "7", "1")), "GWh")
    assert [(row["net"], row["unit"]) for row in found.table.to_pylist()] == [(5, "GWh/yr"), (7, "t/yr")]
    assert others == ["t/yr"]


@pytest.mark.parametrize("wanted", ["GWh", "kt LCE", "bbl/d", "nonsense", "t/d"])
def test_a_unit_that_no_figure_has_is_refused(wanted: str) -> None:
    with pytest.raises(UsageError, match="--unit"):
        in_unit(answered(("t REO/yr", "5000", "1")), wanted)


def test_every_decimal_column_beside_a_unit_is_in_it_or_known_not_to_be(tmp_path: Path) -> None:
    path = read_model(tmp_path / "empty.duckdb", [])
    decimals: set[str] = set()
    with Session(path, Coordinates(date(2025, 1, 1), date(2025, 1, 1))) as session:
        for view in VIEWS:
            schema = session.query(f"FROM {view} LIMIT 0").schema
            if "unit" in schema.names:
                decimals |= {field.name for field in schema if pa.types.is_decimal(field.type)}
    excluded = {name for name in decimals if not is_in_the_unit(name)}
    assert excluded == {"investment_amount", "ratio", "attributed_pct", "coverage_pct"}
    assert set(NOT_IN_THE_UNIT) >= {name for name in excluded if not name.endswith("_pct")}


def test_a_command_writes_the_chosen_columns_and_unit_in_every_format(ledger: Path) -> None:
    words = ("capacity", *SEPARATION, *DAY, "--unit", "kt", "--columns", "unit, operating")
    assert json.loads(policytrack(ledger, *words, "--json").out) == [{"unit": "kt REO/yr", "operating": 45.8}]
    assert policytrack(ledger, *words, "--format", "csv").out == "unit,operating\nkt REO/yr,45.8\n"
    refused = policytrack(ledger, "capacity", "--columns", "operating,nett")
    assert refused.code == 2
    assert "no column 'nett'" in refused.err and "use one of: country_code" in refused.err
    refused = policytrack(ledger, "holdings", "northern-rare-earth", "--tree", "--unit", "kt")
    assert refused.code == 2 and "--unit does not apply to --tree" in refused.err
    refused = policytrack(ledger, "log", "--unit", "kt")
    assert refused.code == 2 and "--unit does not apply" in refused.err
    refused = policytrack(ledger, "pending", "--retirements", "--slipped")
    assert refused.code == 2 and "--slipped does not apply to --retirements" in refused.err


def test_pending_by_year_adds_up_what_pending_lists(ledger: Path) -> None:
    def rows(*words: str) -> list[dict[str, Any]]:
        return json.loads(policytrack(ledger, "pending", *DAY, *words, "--json").out)  # type: ignore[no-any-return]

    projects, years = rows(), rows("--by", "year")
    assert len({(one["due_year"], one["country_code"], one["activity_id"]) for one in years}) == len(years) > 3
    assert sum(one["project_count"] for one in years) == len(projects)
    for year in years:
        of_it = [
            one
            for one in projects
            if (one["country_code"], one["activity_id"]) == (year["country_code"], year["activity_id"])
            and (one["due_latest"] and int(one["due_latest"][:4])) == year["due_year"]
        ]
        assert year["gross"] == sum(one["capacity_remaining"] or 0 for one in of_it)
        assert year["slipped_count"] == sum((one["slip_days"] or 0) > 0 for one in of_it)
    slipped = rows("--slipped")
    assert slipped == [one for one in projects if (one["slip_days"] or 0) > 0]
