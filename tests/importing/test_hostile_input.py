"""Whatever the bytes, reading gives rows and errors with places, in bounded memory, and never a traceback."""

from __future__ import annotations

import io
import random
import tracemalloc
from pathlib import Path

import pytest
from journal_support import TODAY, brief, events_in, findings_in, rows_in

from policytrack.errors import MalformedInput, RejectedImport
from policytrack.events import Event
from policytrack.importing.event_row import Row
from policytrack.importing.formats import yaml
from policytrack.importing.formats.jsonl import LONGEST_LINE
from policytrack.importing.read import Format, read_rows
from policytrack.ledger import Ledger
from policytrack.store.sqlite.reading import head
from tests import fuzzing

GOOD = '{"type":"firm_registered","firm_id":"a","name":"A"}'
STAKE = '{"type":"stake_stated","owned_id":"firm-0","owner_id":"firm-1","stake_pct":"12.5","effective":"2025","note":"A remark"}'
LOG = Path(__file__).parents[2] / "events" / "log"


class Generated(io.RawIOBase):
    """A stream of a beginning, so many bytes of filling, and an end; it is never held whole."""

    def __init__(self, beginning: bytes, filling: int, end: bytes) -> None:
        self._parts = [(beginning, 1), (b"x" * 65536, filling // 65536), (end, 1)]

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # the one kind of buffer handed in
        while self._parts:
            part, times = self._parts[0]
            if times:
                self._parts[0] = part, times - 1
                size = min(len(part), len(buffer))
                buffer[:size] = part[:size]
                if size < len(part):
                    self._parts.insert(0, (part[size:], 1))
                return size
            self._parts.pop(0)
        return 0


def test_a_line_of_200_megabytes_is_refused_without_being_held_in_memory() -> None:
    stream = io.BufferedReader(Generated(b'{"note":"', 200 * 1024 * 1024, f'"}}\n{GOOD}\n'.encode()))
    tracemalloc.start()
    try:
        refused, good = list(read_rows(None, stream, "jsonl"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(refused, MalformedInput)
    assert str(refused.place) == "stdin:1:1"
    assert isinstance(good, Row)
    assert good.place.line == 2
    assert peak < 8 * 1024 * 1024


@pytest.mark.parametrize(("length", "is_read"), [(LONGEST_LINE, True), (LONGEST_LINE + 1, False)])
@pytest.mark.parametrize("ending", ["\n", "\r\n", ""])
def test_the_longest_line_is_read_and_one_byte_more_is_not(length: int, is_read: bool, ending: str) -> None:
    line = GOOD + " " * (length - len(GOOD)) + ending
    first = rows_in(line + ("" if not ending else GOOD), "jsonl")
    assert isinstance(first[0], Row) is is_read
    assert all(isinstance(row, Row) for row in first[1:])


def test_a_yaml_file_beyond_its_bound_is_refused() -> None:
    stream = io.BufferedReader(Generated(b"# ", yaml.LARGEST + 65536, b"\n"))
    (refused,) = read_rows(None, stream, "yaml")
    assert isinstance(refused, MalformedInput)
    assert "50" in refused.what or "52,428,800" in refused.what


def test_a_yaml_document_of_too_many_values_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml, "MOST_NODES", 1000)
    assert brief(findings_in("- [" + "1," * 2000 + "]\n")) == ["1:2000 PT201 the file has more than 1,000 values"]


def test_an_alias_bomb_is_refused_before_it_is_spread_out() -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 30))
    found = findings_in(bomb)
    assert brief(found)[0].startswith("1:")
    assert any("the alias *a28 is not supported" in finding.what for finding in found)


@pytest.mark.parametrize(
    ("content", "format_", "place"),
    [
        ('{"type":' + "[" * 100_000 + "]" * 100_000 + "}", "jsonl", "1:40"),
        ('{"type":' + "[" * 100_000, "jsonl", "1:40"),
        ('{"a":' * 100_000, "jsonl", "1:161"),
        ("- type: " + "[" * 100_000, "yaml", "1:39"),
        ("".join(" " * n + "a:\n" for n in range(2000)), "yaml", "33:33"),
        ("- " * 100_000, "yaml", "1:65"),
        ("{a: " * 100_000, "yaml", "1:129"),
    ],
)
def test_deep_nesting_is_refused_where_it_gets_too_deep(content: str, format_: Format, place: str) -> None:
    assert brief(findings_in(content, format_)) == [f"{place} PT201 the values are nested deeper than 32 levels"]


def test_brackets_inside_text_are_not_nesting() -> None:
    line = GOOD.replace('"A"', '"' + "[{" * 100 + '\\"' + '"')
    assert events_in(line, "jsonl")[0].name.startswith("[{[{")  # type: ignore[attr-defined] # a FirmRegistered


@pytest.mark.parametrize("format_", ["yaml", "jsonl"])
def test_a_byte_order_mark_is_read_over_and_moves_no_column(format_: Format) -> None:
    assert events_in(b"\xef\xbb\xbf" + GOOD.encode(), format_)
    assert brief(findings_in(b'\xef\xbb\xbf{"type":"x"}', format_))[0].startswith("1:9 ")


@pytest.mark.parametrize("format_", ["yaml", "jsonl"])
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named(format_: Format, encoding: str) -> None:
    (found,) = findings_in((GOOD + "\n" + GOOD).encode(encoding), format_)
    assert "UTF-16" in found.what
    assert "UTF-8" in found.hint


@pytest.mark.parametrize("format_", ["yaml", "jsonl"])
def test_bytes_that_are_not_utf_8_are_named_with_line_and_byte(format_: Format) -> None:
    content = GOOD.encode() + b'\n{"name":"\xe5\x8c\x97\xff"}\n'
    assert brief(findings_in(content, format_)) == ["2:13 PT201 byte 0xFF is not UTF-8"]


@pytest.mark.parametrize("format_", ["yaml", "jsonl"])
def test_a_nul_byte_is_named_with_its_place(format_: Format) -> None:
    content = GOOD + '\n{"name":"a\x00b"}\n'
    assert brief(findings_in(content, format_)) == ["2:11 PT201 the text contains a NUL byte"]


@pytest.mark.parametrize("format_", ["auto", "yaml", "jsonl"])
@pytest.mark.parametrize("content", ["", "\n", "  \n\r\n", "\ufeff"])
def test_a_file_without_an_event_is_an_error_with_a_cure(content: str, format_: Format) -> None:
    (found,) = findings_in(content, format_)
    assert found.what == "the file holds no event"
    assert found.hint


@pytest.mark.parametrize("content", ["# nothing\n", "[]\n", "events: []\n", "events:\n", "---\n---\n", "story: x\n"])
def test_yaml_without_an_event_is_an_error_too(content: str) -> None:
    assert [found.what for found in findings_in(content)] == ["the file holds no event"]


def test_the_parser_raises_nothing_of_its_own_on_mutated_jsonl() -> None:
    chance = random.Random(20261123)
    lines = [event.to_json().encode() for story in ("northern-jinlong", "xinfeng-2013") for event in _story(story)]
    checked = sum(
        _check(b"\n".join(_mutated(chance.choice(lines), chance) for _ in range(20)), "jsonl") for _ in range(100)
    )
    assert checked > 1600


def test_the_parser_raises_nothing_of_its_own_on_mutated_yaml() -> None:
    chance = random.Random(20261123)
    seeds = [event for story in ("vital-saskatoon", "xinfeng-2013") for event in _blocks(story)]
    checked = sum(_check(_mutated(chance.choice(seeds), chance), "yaml") for _ in range(500))
    assert checked > 300


@pytest.mark.parametrize("rounds", [40, pytest.param(5_000, marks=pytest.mark.soak)])
def test_of_mutated_lines_all_are_recorded_or_none(tmp_path: Path, rounds: int) -> None:
    chance = random.Random(20261123)
    firms = [GOOD.replace('"a"', f'"firm-{number}"') for number in range(6)]
    stakes = [STAKE.replace("firm-1", f"firm-{number}") for number in range(1, 6)]
    raw = "\n".join((*firms, *stakes)).encode()
    file = tmp_path / "f.jsonl"
    ledger = Ledger.create(tmp_path / "ledger")
    refused = recorded = 0
    for _ in fuzzing.rounds(rounds):
        file.write_bytes(_mutated(raw, chance))
        before = head(ledger.store.path).position
        try:
            new = ledger.import_files([(file.name, file)], today=TODAY).new
        except RejectedImport:
            new = 0
            refused += 1
        recorded += new > 0
        assert head(ledger.store.path).position == before + new
    assert refused > rounds // 2 and recorded


def _story(name: str) -> list[Event]:
    return events_in((LOG / f"{name}.yaml").read_bytes())


def _blocks(name: str) -> list[bytes]:
    """The events of a story, one a block, each with a table of sources before it."""
    text = (LOG / f"{name}.yaml").read_text(encoding="utf-8")
    head = "sources:\n  S1: {title: Notice, class: regulator}\ndefaults: {known_on: 2025-11-01}\nevents:\n"
    return [f"{head}  - type:{block}".encode() for block in text.split("\n  - type:")[1:]]


_INSERTED = [
    *b'" \\ { } [ ] : , # *a | > |9 \' % @ ` ~ null {} true - NaN 1e999 "\\x "\\U00110000 \\u0000 \\ud800'.split(),
    *(
        b": ",
        b"- ",
        b" #",
        b"&a ",
        b"!!int ",
        b"? ",
        b"<<: ",
        b" ",
        b"\n",
        b"\t",
        b"\r",
        b"---\n",
        b"...\n",
        b"{event_id: }",
    ),
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xae", b"\xef\xbb\xbf"),
    *(b"9" * 50, b"[" * 40, b"%YAML 9.9\n", b"%TAG ! x\n"),
]


def _mutated(raw: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(raw) + 1)
        end = min(len(raw), at + chance.choice((0, 1, 1, 2, 10, 50)))
        new = chance.choice((b"", raw[at:end] * 2, chance.choice(_INSERTED), bytes([chance.randrange(256)])))
        raw = raw[:at] + new + raw[end:]
    return raw


def _check(content: bytes, format_: Format) -> int:
    """The number of errors; each is one of ours, with a place."""
    found = findings_in(content, format_)
    for finding in found:
        assert isinstance(finding, MalformedInput), finding
        assert finding.what
        assert finding.place is not None
        assert finding.place.line is not None or "no event" in finding.what, finding
        assert "Input should" not in finding.what
    return len(found)
