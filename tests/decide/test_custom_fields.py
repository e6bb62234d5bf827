"""Custom fields: declared once, and stated only with values that the declaration accepts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from policytrack.errors import AlreadyRegistered, MalformedInput, Refused, UnknownId
from policytrack.events import Event
from tests.examples import again, correction, facility, firm, make, project, retraction
from tests.scenario import given


def field(field_id: str, value_type: str = "text", **fields: Any) -> Event:
    defaults = {"applies_to": ["firm", "facility", "project"]}
    return make("field_declared", field_id=field_id, value_type=value_type, **{**defaults, **fields})


NODE = field("node", applies_to=["facility", "project"], name="Process node")
JOBS = field("jobs", "integer")
SHARE = field("recycled", "decimal", unit="%")
OPENED = field("opened", "date")
LISTED = field("listed", "yes_no")
GRADE = field("grade", "choice", allowed=["A", "B plus"])
ALL = (NODE, JOBS, SHARE, OPENED, LISTED, GRADE)


def plant(**fields: Any) -> Event:
    return facility(fields=fields)


def test_values_of_every_type_are_recorded_as_exact_texts() -> None:
    works = plant(
        node="28 nm", jobs=3300, recycled=Decimal("12.50"), opened=date(2026, 9, 30), listed=True, grade="B plus"
    )
    given(*ALL).when(works).then_recorded()
    values = {one.field_id: one.value for one in works.fields}  # type: ignore[attr-defined] # of this type
    assert values == {
        "node": "28 nm", "jobs": "3300", "recycled": "12.50", "opened": "2026-09-30", "listed": "yes", "grade": "B plus",
    }  # fmt: skip
    given().when(firm(fields={"jobs": -1}), JOBS).then_recorded()


def test_an_event_without_custom_fields_is_stored_as_before() -> None:
    for one in (plant(), facility()):
        assert '"fields"' not in one.to_json()


@pytest.mark.parametrize(
    ("field_id", "value", "what", "hint"),
    [
        ("jobs", "3,300", "'3,300' is not a whole number", "write digits without separators"),
        ("jobs", "3300.0", "'3300.0' is not a whole number", "write digits"),
        ("jobs", "9" * 23, "is not a whole number", "at most 22"),
        ("recycled", "12 %", "'12 %' is not a number", "without separators or unit"),
        ("recycled", "0.1234567", "is not a number", "6 after it"),
        ("recycled", "nan", "'nan' is not a number", "write digits"),
        ("recycled", "１２", "is not a number", "write digits"),
        ("opened", "2026-02-30", "'2026-02-30' is not a day", "YYYY-MM-DD"),
        ("opened", "2026", "'2026' is not a day", "YYYY-MM-DD"),
        ("listed", "true", "'true' is not yes or no", "write yes or no"),
        ("grade", "b  plus", "'b  plus' is not an allowed value", "write 'B plus'"),
        ("grade", "C", "'C' is not an allowed value", "allowed: A, B plus"),
    ],
)
def test_a_value_of_another_type_is_refused(field_id: str, value: str, what: str, hint: str) -> None:
    error = given(*ALL).when(plant(**{field_id: value})).refused(MalformedInput, what)
    assert str(error).startswith(f"facility_registered.fields.{field_id}: ")
    assert hint in error.hint
    assert error.field == "fields.0.value"


def test_a_field_is_declared_and_applies() -> None:
    error = given(*ALL).when(plant(nod="28 nm")).refused(UnknownId, "fields.nod: no field 'nod' is declared")
    assert error.field == "fields.0.field_id"
    error = given(*ALL).when(firm(fields={"node": "28 nm"})).refused(MalformedInput, "firm_registered.fields.node")
    assert "declared for facility and project, not for firm" in error.what
    given(firm(), facility(), NODE).when(project(fields={"node": "28 nm"})).then_recorded()


def test_a_field_is_declared_once_and_another_meaning_is_refused() -> None:
    record = given(SHARE)
    record.when(again(SHARE)).then_already(1)
    other = field("recycled", "integer", applies_to=["facility"])
    words = "already registered by e1 as decimal in % for firm and facility and project, not as integer for facility"
    record.when(other).refused(AlreadyRegistered, words)


def test_a_declaration_in_use_changes_only_so_that_its_values_still_fit() -> None:
    record = given(JOBS, GRADE, SHARE, plant(jobs="3300", grade="A", recycled="5"))
    record.when(correction(JOBS, name="Workers")).then_recorded()
    record.when(correction(JOBS, value_type="decimal")).then_recorded()
    words = "cannot change the declaration of field jobs: 1 event uses it with values that no longer fit: e4"
    record.when(correction(JOBS, value_type="yes_no")).refused(Refused, words)
    record.when(correction(JOBS, applies_to=["firm"])).refused(Refused, words)
    record.when(correction(GRADE, allowed=["A"])).then_recorded()
    record.when(correction(GRADE, allowed=["B plus"])).refused(Refused, "of field grade")
    record.when(correction(SHARE, unit="kg/t")).refused(Refused, "of field recycled")
    given(SHARE).when(correction(SHARE, unit="kg/t")).then_recorded()


def test_a_declaration_is_not_retracted_under_its_values() -> None:
    works = plant(jobs="3300")
    record = given(JOBS, works)
    record.when(retraction(JOBS)).refused(Refused, "e1 registers field jobs, which 1 other event uses: e2")
    record.when(retraction(works), retraction(JOBS)).then_recorded()
    given(JOBS, retraction(JOBS)).when(works).refused(UnknownId, "no field 'jobs'")


@pytest.mark.parametrize(
    ("fields", "what"),
    [
        ({"field_id": "Node"}, "'Node' is not the id of a field"),
        ({"field_id": "wafer-node"}, "write wafer_node"),
        ({"value_type": "choice"}, "a choice needs its allowed values"),
        ({"allowed": ["a"]}, "only a choice has allowed values"),
        ({"unit": "nm"}, "only a number or a choice has a unit"),
        ({"applies_to": []}, "at least 1 item"),
        ({"applies_to": ["firm", "firm"]}, "applies_to has a value twice"),
        ({"name": "a\u202eb"}, "reverses the reading order"),
    ],
)
def test_a_malformed_declaration_is_refused(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError) as invalid:
        field(**{"field_id": "node", **fields})
    [error] = invalid.value.errors()
    assert what in error["msg"] + str(error.get("ctx", {}).get("hint", ""))


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ("node=1", "not a mapping of fields"),
        ({"node": 1.5}, "is not exact"),
        ({"node": "a\x00b"}, "control character"),
        ({"node": "a\u202eb"}, "reverses the reading order"),
        ({"node": ""}, "at least 1 character"),
        ([{"field_id": "node", "value": "1"}, {"field_id": "node", "value": "2"}], "node is given twice"),
    ],
)
def test_a_hostile_or_inexact_value_is_refused(values: Any, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        facility(fields=values)
