"""`doctor`: finds what is in the way and says what to do; `help`: explains topics, commands and errors."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from policytrack.cli import main
from policytrack.cli.commands import help
from policytrack.store.anchor import head_file_beside
from policytrack.store.clock import microseconds_of
from policytrack.store.sqlite.recorder import SQLiteDCBRecorder
from policytrack.values.dates import parse_date
from policytrack.values.quantities import parse_capacity, parse_money, parse_percent
from tests.cli.conftest import policytrack


def findings(folder: Path, *, fresh: bool = False, **more: str) -> tuple[int, dict[str, dict[str, str]]]:
    run = policytrack(folder, "doctor", "--json", fresh=fresh, **more)
    return run.code, {row["check"]: row for row in json.loads(run.out)}


def test_a_sound_ledger_has_no_trouble(demo_ledger: Path) -> None:
    code, found = findings(demo_ledger)
    assert code == 0
    assert {row["state"] for row in found.values()} <= {"ok", "note"}
    assert "synchronous full" in found["store"]["found"]
    assert found["read model"]["state"] == "ok"
    assert found["today"]["state"] == "note"


def test_without_a_ledger_the_machine_is_looked_at(tmp_path: Path) -> None:
    code, found = findings(tmp_path)
    assert code == 0
    assert found["ledger"]["state"] == "note"
    assert "policytrack init" in found["ledger"]["cure"]
    assert "store" not in found


def lost_events(ledger: Path) -> None:
    head = ledger / "ledger.head"
    head.write_text("e9999 sha256:" + "0" * 64 + "\n")


def another_record(ledger: Path) -> None:
    model = ledger / "readmodel"
    (generation,) = model.glob("g*.duckdb")
    renamed = generation.rename(model / generation.name.replace(generation.name.split("-")[1], "0123456789abcdef"))
    (model / "CURRENT").write_text(renamed.name + "\n")


def damaged_model(ledger: Path) -> None:
    (generation,) = (ledger / "readmodel").glob("g*.duckdb")
    generation.chmod(0o644)
    generation.write_bytes(b"no database" * 1000)


def broken_view(ledger: Path) -> None:
    (ledger / "projections" / "mine.sql").write_text("SELECT * FROM frim_at(p_as_of, p_known_at)")


def view_of_no_column(ledger: Path) -> None:
    (ledger / "projections" / "mine.sql").write_text("SELECT nonsense FROM project_at(p_as_of, p_known_at)")


def broken_settings(ledger: Path) -> None:
    (ledger / "policytrack.toml").write_text("format = 99")


def ahead_of_the_clock(ledger: Path) -> None:
    """A ledger whose last event was recorded tomorrow, on a machine whose clock was wrong."""
    store = ledger / "events.db"
    tomorrow = microseconds_of(datetime.now(UTC) + timedelta(days=1))
    recorder = SQLiteDCBRecorder(store, head_file=head_file_beside(store), clock=lambda: tomorrow)
    recorder.append([recorder.read(limit=1).__iter__().__next__().event])
    recorder.close()


@pytest.mark.parametrize(
    ("spoil", "check", "said"),
    [
        (lost_events, "head", "lost"),
        (another_record, "read model", "other events than those"),
        (damaged_model, "read model", "damaged"),
        (broken_view, "own SQL", "no view frim"),
        pytest.param(view_of_no_column, "own SQL", "nonsense", marks=pytest.mark.soak),
        (broken_settings, "ledger", "format 99"),
        (ahead_of_the_clock, "clock", "was recorded at"),
    ],
)
def test_trouble_is_named_with_its_cure(ledger: Path, spoil: Callable[[Path], None], check: str, said: str) -> None:
    spoil(ledger)
    code, found = findings(ledger)
    assert code == 6
    assert found[check]["state"] == "trouble"
    assert said in found[check]["found"] + found[check]["cure"]
    assert found[check]["cure"]


def test_a_read_model_that_is_behind_or_missing_is_only_noted(ledger: Path) -> None:
    shutil.rmtree(ledger / "readmodel")
    (ledger / "readmodel").mkdir()
    assert findings(ledger)[0] == 0


def test_another_encoding_is_noted(demo_ledger: Path) -> None:
    code, found = findings(demo_ledger, fresh=True, PYTHONIOENCODING="latin-1")
    assert code == 0
    assert found["encoding"]["state"] == "note"
    assert "UTF8" in found["encoding"]["cure"]


def helped(*words: str) -> str:
    run = CliRunner().invoke(main.cli, ["help", *words])
    assert run.exit_code == 0, run.exception
    return run.output


@pytest.mark.parametrize("name", help.topic_names())
def test_a_topic_is_one_screen_of_plain_words(name: str) -> None:
    text = helped(name)
    lines = text.splitlines()
    assert lines[0].startswith("# ")
    most, longest = (400, 130) if name == "activities" else (60, 120)  # that one is a catalogue, with names as they are
    assert len(lines) <= most
    assert max(map(len, lines)) <= longest
    assert "{{" not in text
    assert f"{name:<12}  {lines[0][2:]}" in helped()


def test_the_dates_and_units_of_the_topics_are_read() -> None:
    dates = [text for line in indented("dates") for text in line.strip().split("  ")[0].split(", ")]
    assert len([parse_date(text) for text in dates]) == 23
    written = [line.strip().split("  ")[0] for line in indented("units")]
    capacities = written[: written.index("unknown") + 1]
    assert len([parse_capacity(text) for text in capacities]) == 9
    assert [str(parse_money(text).amount) for text in ("CNY 470 M", "US$25.6M", "4.7亿元")] == [
        "470000000",
        "25600000",
        "470000000",
    ]
    assert parse_percent("36.71")


def indented(topic: str) -> list[str]:
    return [line for line in help.topic_text(topic).splitlines() if line.startswith("    ")]


def test_every_error_and_exit_code_is_explained() -> None:
    text = helped("exit-codes")
    for code, kind in help.error_classes().items():
        assert f"{code}  exit {kind.exit_code}" in text
        assert f"\n    {kind.exit_code}    " in text
        assert f"{code}, exit {kind.exit_code}" in helped(code.lower())


def test_commands_are_explained_and_mistakes_are_named(demo_ledger: Path) -> None:
    assert "Usage: " in helped("capacity")
    assert "--format" in helped("export")
    run = policytrack(demo_ledger, "help", "tiem")
    assert run.code == 4
    assert "similar: time" in run.err


def test_a_difference_ends_with_1_when_asked(demo_ledger: Path) -> None:
    words = ("diff", "--from", "2025-01-31", "--to", "2025-10-31", "--known-from", "2025-01-31")
    assert policytrack(demo_ledger, *words).code == 0
    assert policytrack(demo_ledger, *words, "--exit-code").code == 1
    assert policytrack(demo_ledger, "diff", "--from", "2025-01-31", "--to", "2025-01-31", "--exit-code").code == 0
