"""`plot`: bars on a terminal and in files. What only replaces never lengthens a bar, and unknown is no zero."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policytrack.cli.output.bars import PARTS, draw
from policytrack.cli.output.charts import chart_bytes
from tests.cli.conftest import Run, policytrack

Ask = Callable[..., Run]
OCTOBER = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")
BAR = re.compile("[█▓▒░]{2}")
SEED = ("--project", "northern-jinlong-separation")


def line_with(run: Run, words: str) -> str:
    (found,) = (line for line in run.out.splitlines() if words in line)
    return found


def test_the_seed_project_adds_nothing_and_says_what_it_replaces(ask: Ask) -> None:
    plan = ask("plot", "pending", *SEED, "--as-of", "2025-01-31", "--known-at", "2025-01-31")
    assert line_with(plan, "net growth, announced").count("▒") > 20
    approved = ask("plot", "pending", *SEED, *OCTOBER)
    assert "▒" not in line_with(approved, "0 net growth, approved, due 2026-12~")
    assert line_with(approved, "5,000 replacement").count("░") > 20
    assert "as of 2025-10-31 · known at 2025-10-31 · head e" in approved.out
    assert "\x1b" not in approved.out


def test_the_figures_beside_the_bars_are_those_of_the_answer(ask: Ask) -> None:
    rows = json.loads(ask("capacity", "--country", "CN", *OCTOBER, "--json").out, parse_float=Decimal)
    names = dict(csv.reader(io.StringIO(ask("sql", "SELECT activity_id, name FROM activity", "--format", "csv").out)))
    drawn = list(
        csv.DictReader(io.StringIO(ask("plot", "capacity", "--country", "CN", *OCTOBER, "--format", "csv").out))
    )
    for row in rows:
        parts = {
            part["part"]: Decimal(part["amount"] or 0)
            for part in drawn
            if part["panel"] == f"{names[row['activity_id']]} · {row['unit']}"
        }
        assert {part["label"] for part in drawn} == {"China"}
        operating = parts["operating"] + parts.get("owed", 0)
        assert (operating, parts["operating"]) == (row["operating"], row["net"])
        pending = parts.get("growth", 0) + parts.get("replacement", 0)
        assert (pending, parts.get("growth", 0)) == (row["pending_gross"], row["pending_net"])


def test_unknown_is_said_and_not_drawn(ask: Ask) -> None:
    run = ask("plot", "pending", "--project", "la-rochelle-full-scale")
    assert line_with(run, "unknown, at least 2,000, announced").count("?") == 1
    assert "not zero" in run.out
    assert not set("█▓▒░") & set(run.out)


def test_a_series_and_holdings_have_a_bar_a_day_and_a_basis(ask: Ask) -> None:
    series = ask(
        "plot", "series", "--from", "2021", "--to", "2025", "--country", "CN", "--activity", "rare-earth-separation"
    )
    assert [line.split()[0] for line in series.out.splitlines() if re.match(r"20\d\d-", line)] == [
        f"{year}-12-31" for year in range(2021, 2026)
    ]
    vintage = ask(
        "plot",
        "series",
        "--from",
        "2024",
        "--to",
        "2025",
        "--vintage",
        "revisions",
        "--as-of",
        "2026",
        "--country",
        "US",
    )
    assert "2024-12-31" in vintage.out
    held = ask("plot", "holdings", "northern-rare-earth", "--activity", "rare-earth-separation", *OCTOBER)
    assert "2,550 pending" in line_with(held, "China Northern Rare Earth (Group) High-Tech · attributable")


@pytest.mark.parametrize(("columns", "longest"), [("40", 40), ("200", 120)])
def test_no_digit_is_lost_on_a_narrow_or_a_wide_terminal(ask: Ask, columns: str, longest: int) -> None:
    run = ask("plot", "capacity", "--country", "CN", *OCTOBER, COLUMNS=columns)
    assert "45,800 operating, 3,000 net growth" in run.out
    assert "12,000 replacement" in run.out
    assert max(len(line) for line in run.out.splitlines() if BAR.search(line)) <= longest


@pytest.mark.soak
def test_another_encoding_gets_marks_that_it_has(demo_ledger: Path) -> None:
    import subprocess
    import sys

    from tests.cli.conftest import environment

    done = subprocess.run(
        [sys.executable, "-m", "policytrack", "plot", "pending", *SEED, *OCTOBER],
        cwd=demo_ledger, capture_output=True, env=environment(PYTHONIOENCODING="ascii:replace"), check=True,
    )  # fmt: skip
    assert b"-" * 20 in done.stdout


def test_what_cannot_be_drawn_is_named(ask: Ask) -> None:
    unknown = ask("plot", "pending", "--project", "northern-jinlon-separation")
    assert unknown.code == 4
    assert "northern-jinlong-separation" in unknown.err
    nothing = ask("plot", "pending", "--as-of", "1990", "--known-at", "1990")
    assert (nothing.code, "nothing is recorded" in nothing.out) == (0, True)
    assert ask("plot", "pending", "-o", "x.bmp").code == 2


def test_without_the_extra_a_file_is_refused_with_the_cure(demo_ledger: Path, tmp_path: Path) -> None:
    if importlib.util.find_spec("altair") is not None:
        (tmp_path / "altair.py").write_text("raise ModuleNotFoundError('not here', name='altair')")
    run = policytrack(
        demo_ledger, "plot", "capacity", "-o", str(tmp_path / "x.svg"), fresh=True, PYTHONPATH=str(tmp_path)
    )
    assert run.code == 7
    assert "policytrack[charts]" in run.err
    assert not (tmp_path / "x.svg").exists()


@pytest.mark.soak
def test_a_file_draws_the_same_and_needs_no_network(demo_ledger: Path, tmp_path: Path) -> None:
    for name in ("altair", "vl_convert"):
        pytest.importorskip(name, reason=f"{name} is not installed: no chart is drawn")
    target = tmp_path / "pending.svg"
    run = policytrack(demo_ledger, "plot", "pending", *OCTOBER, "-o", str(target))
    assert run.code == 0, run.err
    drawing = target.read_text()
    assert "as of 2025-10-31 · known at 2025-10-31" in drawing
    seed = "label: Northern Jinlong rare-earth separation line; lane: apart; part: pending, replaces retired capacity: no growth"
    assert f"amount: 5000; {seed}" in drawing
    assert (
        "amount: 0; label: Northern Jinlong rare-earth separation line; lane: adds up; part: pending, net growth"
        in drawing
    )
    assert "words: unknown, announced" in drawing
    assert set(re.findall(r"https?://[^\"' ]+", drawing)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }
    picture = tmp_path / "one.png"
    assert policytrack(demo_ledger, "plot", "pending", *SEED, *OCTOBER, "-o", str(picture)).code == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def row(label: str, part: str, amount: Decimal | None) -> dict[str, Any]:
    return {"panel": "p", "label": label, "part": part, "amount": amount, "note": None}


@pytest.mark.soak
def test_the_scale_of_a_panel_of_nothing_begins_at_its_left_end() -> None:
    for name in ("altair", "vl_convert"):
        pytest.importorskip(name, reason=f"{name} is not installed: no chart is drawn")
    drawing = chart_bytes([row("AU", "operating", Decimal(0))], ".svg", "Title", "caption").decode()
    place = re.search(r"translate\((\d+),[^>]*>0 operating<", drawing)
    assert place is not None and int(place[1]) < 10


AMOUNTS = st.one_of(st.none(), st.decimals(0, 10**12, places=3))


@given(
    bars=st.lists(st.dictionaries(st.sampled_from(sorted(PARTS)), AMOUNTS, min_size=1), min_size=1, max_size=6),
    width=st.integers(40, 120),
)
def test_bars_fit_and_whatever_is_not_zero_shows(bars: list[dict[str, Decimal | None]], width: int) -> None:
    rows = [
        row(f"bar-{number}", part, None if part == "unknown" else parts[part])
        for number, parts in enumerate(bars)
        for part in PARTS
        if part in parts
    ]
    lines = list(draw(rows, width, ascii_only=False))
    legend = sum(any(item["part"] == name for item in rows) for name in PARTS)
    drawn = lines[1 : len(lines) - legend - 1]
    assert all(len(line) <= width for line in drawn if BAR.search(line))
    replaced = [item for item in rows if item["part"] == "replacement" and item["amount"]]
    assert sum("░" in line for line in drawn) == len(replaced)
    assert any("?" in line for line in drawn) == any(item["amount"] is None for item in rows)
