"""The loader leaves out of a facts file what only other types of events need."""

from __future__ import annotations

import duckdb
import pytest

from policytrack.readmodel import sql_tokens

SQL = """\
SELECT CASE type
  WHEN 'a' THEN concat('when ', CASE type WHEN 'x' THEN 1 ELSE 2 END) -- WHEN 'b'
  WHEN 'b' THEN CASE WHEN TRUE THEN 'of b' ELSE 'END' END
  WHEN 'c' THEN 'of c'
  ELSE CASE type WHEN 'e' THEN 'of e' ELSE 'other' END
END AS said, CASE type WHEN 'd' THEN 1 END AS later
FROM (SELECT unnest(['a', 'b', 'c', 'd', 'e', 'f']) AS type)"""


@pytest.mark.parametrize(
    ("types", "left_out"),
    [("a", ["of b", "of c"]), ("b", ["when ", "of c"]), ("bc", ["when "]), ("e", ["of b", "of c"]), ("abc", [])],
)
def test_only_the_branches_of_the_types_are_left(types: str, left_out: list[str]) -> None:
    sql = sql_tokens.only_types(SQL, frozenset(types))
    assert [text for text in ("when ", "of b", "of c", "of e") if text not in sql] == left_out
    whole, part = (
        duckdb.sql(f"SELECT * FROM ({text}) WHERE list_contains({list(types)}, type)").fetchall()
        for text in (SQL.replace("FROM (", ", type FROM (", 1), sql.replace("FROM (", ", type FROM (", 1))
    )
    assert part == whole


def test_a_text_without_types_is_left_as_it_is() -> None:
    sql = "SELECT CASE kind WHEN 'a' THEN 1 END, (CASE type WHEN 'a' THEN 1 END)"
    assert sql_tokens.only_types(sql, frozenset("b")) == sql
