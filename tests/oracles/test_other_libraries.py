"""What policytrack reads by itself, compared with libraries that read the same: ids, regions, dates and SQL.

The libraries are no part of policytrack: `make soak` installs them in a folder of their own (constraints-oracles.txt).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from policytrack.errors import InvalidId
from policytrack.readmodel import sql_tokens
from policytrack.resources import PROJECTIONS
from policytrack.values.edtf import read_edtf
from policytrack.values.ids import check_lei, check_unified_social_credit_code
from policytrack.values.subdivisions import SUBDIVISIONS

FOLDER = Path(sys.prefix) / "oracles"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


@pytest.fixture(scope="module", autouse=True)
def _libraries() -> Any:
    """The folder of the libraries at the end of the search path: none may replace a package of policytrack."""
    sys.path.append(str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


def library(name: str) -> Any:
    return pytest.importorskip(name, reason=f"{name} is not installed: not compared (make soak)")


def accepts(check: Callable[[str], str], text: str) -> bool:
    try:
        check(text)
    except InvalidId:
        return False
    return True


@given(body=st.text(ALPHABET, min_size=18, max_size=18), digits=st.integers(0, 99))
def test_the_check_digits_of_an_lei_are_those_of_stdnum(body: str, digits: int) -> None:
    theirs = library("stdnum.lei")
    for text in (f"{body}{digits:02}", body + library("stdnum.iso7064.mod_97_10").calc_check_digits(body)):
        assert accepts(check_lei, text) == theirs.is_valid(text), text


@given(st.from_regex(r"[0-9ABCDEFGHJKLMNPQRTUWXY]{2}[0-9]{6}[0-9ABCDEFGHJKLMNPQRTUWXY]{9}", fullmatch=True))
def test_the_check_character_of_a_credit_code_is_that_of_stdnum(body: str) -> None:
    theirs = library("stdnum.cn.uscc")
    right = body + theirs.calc_check_digit(body)
    assert accepts(check_unified_social_credit_code, right)
    for other in set("0123456789ABCDEFGHJKLMNPQRTUWXY") - {right[-1]}:
        assert not accepts(check_unified_social_credit_code, body + other)


def test_a_listed_country_has_every_region_of_pycountry() -> None:
    current: dict[str, set[str]] = defaultdict(set)
    for region in library("pycountry").subdivisions:
        current[region.country_code].add(region.code.partition("-")[2])
    assert {country: current[country] - set(codes) for country, codes in SUBDIVISIONS.items()} == {
        country: set() for country in SUBDIVISIONS
    }
    withdrawn = {
        f"{country}-{code}" for country, codes in SUBDIVISIONS.items() for code in set(codes) - current[country]
    }
    assert {"IN-OR", "MX-DIF", "ZA-GT"} <= withdrawn


DAYS = st.dates(date(1000, 1, 1), date(2999, 12, 31))


@given(
    first=DAYS, last=DAYS, forms=st.tuples(*[st.sampled_from(["%Y", "%Y-%m", "%Y-%m-%d"])] * 2),
    shape=st.sampled_from(["{}", "{}/{}", "../{}", "{}/.."]),
)  # fmt: skip
def test_a_date_has_the_bounds_that_edtf_gives_it(first: date, last: date, forms: tuple[str, str], shape: str) -> None:
    library("edtf")
    from edtf import parse_edtf, struct_time_to_date

    assume(first <= last)
    texts = [day.strftime(form) for day, form in zip((first, last), forms, strict=True)]
    text = shape.format(*texts)
    ours = read_edtf(text)
    assume(ours is not None and (shape != "{}/{}" or texts[0] <= texts[1][: len(texts[0])]))
    assert ours is not None
    theirs = parse_edtf(text)
    if shape != "../{}":
        assert ours.earliest == struct_time_to_date(theirs.lower_strict()), text
    if shape != "{}/..":
        assert ours.latest == struct_time_to_date(theirs.upper_strict()), text


def test_each_sql_file_calls_the_views_that_sqlglot_finds() -> None:
    sqlglot = library("sqlglot")
    files = [path for path in sorted(PROJECTIONS.rglob("*.sql")) if path.name != "functions.sql"]
    assert len(files) > 150
    for path in files:
        text = path.read_text(encoding="utf-8")
        tree = sqlglot.parse_one(text, read="duckdb")
        assert isinstance(tree, sqlglot.exp.Query), path
        found = {
            call.name.lower() for call in tree.find_all(sqlglot.exp.Anonymous) if call.name.lower().endswith("_at")
        }
        assert found == {name for name in sql_tokens.called(text) if name.endswith("_at")}, path
