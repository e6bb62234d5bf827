"""Random editions of a table of plants: what a register corrects, learns, withdraws and drops from one to the next.

Rows of kind ``S`` state their capacity since their start and retire it at their end; rows of kind ``P`` are units of
plants, planned, built and closed as projects. Rows of even number have all their dates; of others some are blank.
"""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Final

COLUMNS: Final = ("Id", "Kind", "Plant", "Status", "From", "To", "MW")
DAYS: Final = (date(2017, 3, 1), date(2018, 3, 1), date(2018, 9, 1), date(2020, 3, 1), date(2021, 3, 1))
"""Of the editions."""
STATUSES: Final = ("Planned", "Construction", "Operational", "Suspended", "Shutdown", "Cancelled")
MAP: Final = """\
[source]
title = "Register"
class = "aggregator"
[[event]]
type = "firm_registered"
fields = { firm_id = "firm", name = "Firm" }
[[event]]
type = "facility_registered"
fields = { facility_id = { id = "{Plant}" }, name = { column = "Plant" }, country = "FR" }
[[event]]
type = "capacity_stated"
when = { Kind = "S", Status = ["Operational", "Suspended", "Shutdown"] }
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = "nuclear-power"
capacity = { column = "MW", unit = "MW" }
effective = { column = "From", otherwise = "../{To}" }
[[event]]
type = "project_registered"
when = { Kind = "P" }
[event.fields]
project_id = { id = "unit-{Id}" }
name = { column = "Id" }
facility_id = { id = "{Plant}" }
activity_id = "nuclear-power"
firm_id = "firm"
[[event]]
type = "project_announced"
when = { Kind = "P", Status = ["Planned", "Construction", "Cancelled"] }
fields = { project_id = { id = "unit-{Id}" }, capacity = { column = "MW", unit = "MW" } }
[[event]]
type = "construction_started"
when = { Kind = "P", Status = "Construction" }
fields = { project_id = { id = "unit-{Id}" } }
[[event]]
type = "project_cancelled"
when = { Kind = "P", Status = "Cancelled" }
fields = { project_id = { id = "unit-{Id}" } }
[[event]]
type = "project_completed"
when = { Kind = "P", Status = ["Operational", "Suspended", "Shutdown"] }
[event.fields]
project_id = { id = "unit-{Id}" }
capacity = { column = "MW", unit = "MW" }
effective = { column = "From", otherwise = "../{To}" }
[[event]]
type = "capacity_idled"
when = { Status = "Suspended" }
per = ["Plant"]
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = "nuclear-power"
capacity = { sum = "MW", unit = "MW" }
[[event]]
type = "capacity_retired"
when = { Status = "Shutdown" }
[event.fields]
facility_id = { id = "{Plant}" }
activity_id = "nuclear-power"
capacity = { column = "MW", unit = "MW" }
effective = { column = "To" }
"""

Row = dict[str, str]


def editions(random: Random, rows: int, count: int) -> list[list[Row]]:
    """Tables of the first `count` days, each made of the one before."""
    found = [[_row(random, number, DAYS[0]) for number in range(rows)]]
    for day in DAYS[1:count]:
        found.append([_changed(random, number, row, day) for number, row in enumerate(found[-1])])
    # A row is dropped now and then, and may come back.
    return [[row for row in table if random.random() > 0.1] for table in found]


def is_dated(number: int) -> bool:
    """Whether a row gives all its dates in every edition."""
    return number % 2 == 0 or number % 4 == 3


def _row(random: Random, number: int, day: date) -> Row:
    kind = "S" if number % 4 < 2 else "P"
    plant = f"s{number}" if kind == "S" else f"p{number // 8}-{number % 2}"
    choices = STATUSES if kind == "P" else ("Planned", "Operational", "Operational", "Suspended", "Shutdown")
    row = {
        "Id": str(number),
        "Kind": kind,
        "Plant": plant,
        "Status": random.choice(choices),
        "MW": _figure(random, number),
    }
    return row | _dates(random, number, row["Status"], day)


def _changed(random: Random, number: int, row: Row, day: date) -> Row:
    draw = random.random()
    if draw < 0.3:
        return row
    if draw < 0.5:
        return row | {"MW": _figure(random, number)}
    if draw < 0.7:
        return row | _dates(random, number, row["Status"], day)
    return _row(random, number, day) | ({"MW": row["MW"]} if draw < 0.85 else {})


def _figure(random: Random, number: int) -> str:
    # No two rows have one figure: two equal events of one plant would be refused as one.
    return str(random.choice((100, 200, 300)) + number)


def _dates(random: Random, number: int, status: str, day: date) -> Row:
    began = ended = ""
    if status in {"Operational", "Suspended", "Shutdown"}:
        start = date(1970, 1, 1) + timedelta(random.randrange((day - date(1970, 1, 1)).days))
        began = start.isoformat()
        if status == "Shutdown":
            ended = (start + timedelta(random.choice((0, random.randrange((day - start).days + 1))))).isoformat()
    if not is_dated(number):
        began, ended = (random.choice((text, "")) for text in (began, ended))
    return {"From": began, "To": ended}


def written(path: Path, rows: list[Row]) -> None:
    """Write a table."""
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
