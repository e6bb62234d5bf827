"""Views of views as one SELECT: each part once, in order, and nothing else of the text changed."""

from __future__ import annotations

import duckdb

from policytrack.readmodel.view_inlining import composed

VIEWS = {
    "_base": "SELECT day, n FROM numbers WHERE day <= p_as_of AND p_known_at IS NOT NULL",
    "_twice": "SELECT n * 2 AS n FROM _base_at(p_as_of, p_known_at)",
    "top": "SELECT sum(a.n) + sum(b.n) AS n\nFROM _twice_at(p_as_of, p_known_at) AS a -- not _base_at(p_as_of, p_known_at)\n"
    "JOIN _base_at( p_as_of , p_known_at ) AS b ON TRUE",
}


def test_each_view_that_is_called_stands_once_and_before_those_that_call_it() -> None:
    text = composed(VIEWS["top"], VIEWS)
    assert text.count("shared__base AS (") == text.count("shared__twice AS (") == 1
    assert text.index("shared__base AS (") < text.index("shared__twice AS (")
    assert "FROM shared__twice AS a -- not _base_at(p_as_of, p_known_at)\nJOIN shared__base AS b" in text


def test_the_answer_is_that_of_the_macros() -> None:
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE numbers AS SELECT DATE '2020-01-01' + n::INTEGER AS day, n FROM range(9) AS t (n)"
        )
        for name, sql in VIEWS.items():
            connection.execute(f"CREATE MACRO {name}_at(p_as_of, p_known_at) AS TABLE {sql}")
        connection.execute(f"CREATE MACRO one_at(p_as_of, p_known_at) AS TABLE {composed(VIEWS['top'], VIEWS)}")
        both = [
            connection.execute(
                f"SELECT n FROM range(9) AS t (i), LATERAL (FROM {name}_at(DATE '2020-01-01' + i::INTEGER, today())) ORDER BY i"
            ).fetchall()
            for name in ("top", "one")
        ]
    assert both[0] == both[1]
    assert len(both[0]) == 9


def test_a_view_at_other_dates_is_left_to_the_engine() -> None:
    sql = "SELECT n FROM _base_at(perimeter_day(p_as_of), p_known_at)"
    assert composed(sql, VIEWS) == sql
