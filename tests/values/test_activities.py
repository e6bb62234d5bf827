"""The built-in activities: each has a base unit, a sector, and the unit of the activity that it is a part of."""

from __future__ import annotations

from itertools import groupby

from policytrack.cli.commands.help import topic_text
from policytrack.resources import activity_units, reference_table
from policytrack.values.quantities import Capacity, parse_capacity
from policytrack.values.units import read_unit

ROWS = reference_table("activities")


def test_every_unit_is_a_base_unit_that_is_read_back_as_itself() -> None:
    for unit in set(activity_units().values()):
        assert (str(read_unit(unit)), read_unit(unit).factor) == (unit, 1)
        assert parse_capacity(f"12.5 {unit}").in_unit_of(unit) == Capacity.model_validate("12.5").value


def test_a_part_has_the_unit_of_the_whole_and_no_part_has_parts() -> None:
    units = activity_units()
    parts = {row["activity_id"]: row["part_of"] for row in ROWS if row["part_of"]}
    assert len(parts) > 15
    assert all(units[part] == units[whole] for part, whole in parts.items())
    assert not parts.keys() & set(parts.values())


def test_names_are_distinct_and_sectors_are_contiguous() -> None:
    assert len({row["name"] for row in ROWS}) == len({row["activity_id"] for row in ROWS}) == len(ROWS)
    sectors = [sector for sector, _ in groupby(ROWS, key=lambda row: row["sector"])]
    assert "" not in sectors
    assert len(set(sectors)) == len(sectors)


def test_the_help_lists_every_activity_under_its_sector() -> None:
    shown = topic_text("activities").splitlines()
    for row in ROWS:
        [line] = [line for line in shown if line.split()[:1] == [row["activity_id"]]]
        assert row["name"] in line
        assert row["unit"] in line
        assert shown.index(row["sector"]) < shown.index(line)
