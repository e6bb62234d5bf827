"""Files imported in the browser: errors at their cells, a dry run, then all events or none, once."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from tests.cli.conftest import policytrack, rows_of
from tests.copies import copied
from tests.serve.asgi import ORIGIN, Answered, Browser
from tests.serve.test_entry import browser, head, ledger

__all__ = ["browser", "ledger"]

HEADINGS = "facility_id,activity_id,capacity,effective,known_on,source.title,source.class"
GOOD = f"{HEADINGS}\nmill,crude-steel,2000,2025-10,2025-11-01,T 钢\t,company\n".encode()
BAD = f"{HEADINGS}\nmill,crude-steel,five,2025-13,2025-11-01,T,company\nmil,crude-steel,5,2025,2026-01-01,T,company\n"
STATED = {"event_type": "capacity_stated"}


def test_errors_of_a_file_are_listed_with_their_cells(browser: Browser, ledger: Path) -> None:
    before, form = head(ledger), browser.get("/import").hidden
    answer = browser.upload("/import", {**form, **STATED}, "C:\\in\\<img src=x>.csv", BAD.encode())
    assert answer.status == 422
    assert "3 errors in <img src=x>.csv" in answer.summary and "<img src=x>" not in answer.text
    assert "<img src=x>.csv:2:18 capacity_stated.capacity: 'five' is not a capacity" in answer.summary
    assert "<img src=x>.csv:2:23 capacity_stated.effective: '2025-13' is not a date" in answer.summary
    unknown = browser.upload("/import", {**form, **STATED}, "a.csv", BAD.replace("five,2025-13", "5,2025").encode())
    assert "a.csv:3:1 capacity_stated.facility_id: no facility 'mil' similar: mill" in unknown.summary
    assert head(ledger) == before


def test_cells_of_a_workbook_are_named_as_in_it(browser: Browser) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.title = "Plants"
    for line in BAD.splitlines():
        book.active.append(line.split(","))
    body = io.BytesIO()
    book.save(body)
    answer = browser.upload("/import", {**browser.get("/import").hidden, **STATED}, "a.xlsx", body.getvalue())
    assert "a.xlsx!Plants!C2 capacity_stated.capacity: 'five' is not a capacity" in answer.summary


def test_a_file_is_shown_and_then_imported_once(browser: Browser, ledger: Path) -> None:
    before, form = head(ledger), browser.get("/import").hidden
    preview = browser.upload("/import", {**form, **STATED}, "a.csv", GOOD)
    assert (preview.status, head(ledger)) == (200, before)
    assert "1 event read, 1 new: 1 capacity stated." in preview.summary
    assert re.search("CN crude-steel installed 1,000.125 2,000 999.875 t/yr", preview.summary)
    policytrack(ledger, "record", "firm-registered", "--firm-id", "aside", "--name", "Aside", "--country", "CN", "-y")
    stale = browser.post("/import", {**preview.hidden, "do": "save"})
    assert (stale.status, head(ledger)) == (409, before + 1)
    assert f"Events after e{before} were recorded since the preview" in stale.summary
    saved = browser.post("/import", {**stale.hidden, "do": "save"})
    assert (saved.status, saved.headers["location"], head(ledger)) == (303, f"/event/{before + 2}", before + 2)
    assert re.search(r"recorded by</dt><dd>Ann<", browser.get(saved.headers["location"]).text)
    again = browser.post("/import", {**stale.hidden, "do": "save"})
    assert (again.status, head(ledger)) == (409, before + 2)
    assert "Every event of a.csv is already recorded" in again.summary


def test_what_is_no_form_with_a_file_is_refused(browser: Browser, ledger: Path) -> None:
    from policytrack.serve.bodies import MOST_FILE

    before, form = head(ledger), browser.get("/import").hidden
    assert "choose a file" in browser.upload("/import", form, "", b"").summary
    assert "not a single day" in browser.upload("/import", {**form, "known_on": "2025"}, "a.csv", GOOD).summary
    assert "no event type" in browser.upload("/import", {**form, "event_type": "x"}, "a.csv", GOOD).summary
    assert "no longer has the file" in browser.post("/import", {**form, "digest": "0" * 64, "do": "save"}).summary
    assert browser.upload("/import", {"do": "save"}, "a.csv", GOOD).status == 403
    assert browser.upload("/import", form, "a.csv", b"x" * MOST_FILE).status == 413
    headers = {"origin": ORIGIN, "content_type": "multipart/form-data; boundary=xyz"}
    for body in (b"", b"--xyz", b"--xyz\r\n\r\n", b"--xyz\r\nno name\r\n\r\nx\r\n--xyz--", b"--other--"):
        assert browser.send("POST", "/import", body, headers).status == 400
    assert head(ledger) == before


MAP = """
[source]
title = "A list"
class = "analyst"
[[event]]
type = "capacity_stated"
[event.fields]
facility_id = { column = "Plant" }
activity_id = "crude-steel"
capacity = { column = "Capacity" }
effective = { column = "Year" }
known_on = "2025-11-01"
"""
TABLE = b"Plant,Capacity,Year,Remark\nmill,2500,2023,x\nmill,2600,2022,y\n"


def with_map(browser: Browser, fields: dict[str, str], map_: str) -> Answered:
    """Send a table with a map file, as a browser does."""
    return browser.upload("/import", fields, "list.csv", TABLE, map_file=("our map.toml", map_.encode()))


@pytest.mark.soak
def test_a_map_file_makes_events_as_the_command_does(browser: Browser, ledger: Path, tmp_path: Path) -> None:
    before, form = head(ledger), browser.get("/import").hidden
    preview = with_map(browser, form, MAP)
    assert "2 events read, 2 new: 2 capacity stated." in preview.summary
    assert "list.csv: 1 column not used: Remark" in preview.summary
    (tmp_path / "our.toml").write_text(MAP, encoding="utf-8")
    (tmp_path / "list.csv").write_bytes(TABLE)
    there = copied(ledger, tmp_path / "there")
    done = policytrack(there, "import", "../list.csv", "--map", "../our.toml")
    assert (done.code, "list.csv: 1 column not used: Remark" in done.err) == (0, True)
    saved = browser.post("/import", {**preview.hidden, "do": "save"})
    assert (saved.status, head(ledger), head(there)) == (303, before + 2, before + 2)
    columns = "position, type, known_on, effective, subjects, summary"
    sql = f"SELECT {columns} FROM event_log WHERE position > {before} ORDER BY position"
    assert rows_of(ledger, sql) == rows_of(there, sql)


def test_what_is_wrong_with_a_map_is_said_at_its_line(browser: Browser, ledger: Path) -> None:
    before, form = head(ledger), browser.get("/import").hidden
    for map_, said in (
        (MAP.replace("[source]", "[source"), "our map.toml:2"),
        (MAP.replace("capacity_stated", "capacity_said"), "our map.toml"),
        (MAP + '[[join]]\nfile = "/etc/passwd"\non = {Plant = "a"}\ncolumns = {X = "b"}\n', "joins another file"),
        (MAP.replace('"Capacity"', '"Capacite"'), "Capacite"),
    ):
        answer = with_map(browser, form, map_)
        assert (answer.status, said in answer.summary, "map.toml:" in answer.text.replace("our map.toml", "")) == (
            422,
            True,
            False,
        ), answer.summary
    assert "no map 'gem'" in browser.upload("/import", {**form, "map": "gem"}, "a.csv", TABLE).summary
    assert "two maps are chosen" in with_map(browser, {**form, "map": "gem-steel"}, MAP).summary
    assert head(ledger) == before


def test_what_is_missing_is_registered_if_the_form_says_so(browser: Browser, ledger: Path) -> None:
    before, form = head(ledger), browser.get("/import").hidden
    row = "facility_registered,new-mill,New mill,New Steel Co,CN,2025-11-01,T,company"
    body = f"type,facility_id,name,operator_id,country,known_on,source.title,source.class\n{row}\n".encode()
    refused = browser.upload("/import", form, "new.csv", body)
    assert (refused.status, "New Steel Co" in refused.summary) == (422, True), refused.summary
    preview = browser.upload("/import", {**form, "register_missing": "true"}, "new.csv", body)
    assert "2 events read, 2 new" in preview.summary and "New Steel Co is registered as new-steel-co" in preview.summary
    assert browser.post("/import", {**preview.hidden, "do": "save"}).status == 303
    assert head(ledger) == before + 2
    assert "Ann" in browser.get(f"/event/{before + 1}?known_at=2026").text
