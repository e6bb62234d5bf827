"""Lines that are read in one go: the same as the slow reading finds, or left to it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policytrack.importing.formats.jsonl import _FAST, _plainly_read

texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=8)
numbers = st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(float)
values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Whether two values are equal and of the same types: 1 is not True."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    return all(map(same, one, other)) if isinstance(one, list) and len(one) == len(other) else bool(one == other)


@given(
    st.dictionaries(texts, values, max_size=5), st.booleans(), st.sampled_from([(",", ":"), (", ", ": "), (" ,", " :")])
)
@example({"a": 10**30}, False, (",", ":"))
@example({"a": -0.0}, False, (",", ":"))
def test_what_is_read_in_one_go_is_what_the_standard_library_reads(
    content: dict[str, Any], ascii_only: bool, separators: tuple[str, str]
) -> None:
    line = json.dumps(content, ensure_ascii=ascii_only, separators=separators)
    found = _plainly_read(line)
    assert found is None or same(found, _FAST.decode(line))


def test_an_ordinary_line_is_read_in_one_go() -> None:
    line = '{"type": "firm_registered", "names": [{"language": "zh", "name": "北方"}], "sources": [], "n": 7}\n'
    assert _plainly_read(line) == json.loads(line)


@pytest.mark.parametrize(
    "line",
    [
        '{"a":1,"a":2}',
        '{"a":{"b":1,"b":2}}',
        '{"a":[{"b":1},{"b":1,"b":2}]}',
        '{"a":1.5}',
        '{"a":1e2}',
        '{"a":123456789012345678901234567890}',
        r'{"a":"\"b\":"}',
        r'{"a":"\u0041"}',
        '{"a" :1}',
        "7",
        "1.5",
    ],
)
def test_what_may_not_be_read_in_one_go_is_left_to_the_slow_reading(line: str) -> None:
    assert _plainly_read(line) is None
