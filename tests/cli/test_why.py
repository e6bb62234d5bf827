"""`why`: one form of explanation for national figures, projects, holdings and quotas, in every output format."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from policytrack.cli.commands.why import why
from policytrack.questions.why_national import FIGURES
from tests.cli.conftest import Run, policytrack
from tests.thinning import one_in

Ask = Callable[..., Run]

SEED = ("--country", "CN", "--activity", "rare-earth-separation")
KINDS = {
    "national": ("pending-net", *SEED),
    "figure of a project": ("project", "northern-jinlong-separation", "retiring"),
    "stated by an event": ("project", "northern-jinlong-separation", "due"),
    "holdings": ("holdings", "baogang-group", "rare-earth-separation", "--status", "pending"),
    "quota": ("quota", "2024", "--stage", "mining", "--holder", "northern-rare-earth"),
}
NOTHING_YET = ("pending-gross", "--country", "CN", "--activity", "rare-earth-metal", "--as-of", "2022-12-31")


def explained(ask: Ask, *words: str) -> Any:
    run = ask("why", *words, "--json")
    assert run.code == 0, run.err
    return json.loads(run.out)


@pytest.mark.parametrize("kind", one_in(2, KINDS))
def test_json_has_the_same_keys_for_every_kind_of_figure(ask: Ask, kind: str) -> None:
    found = explained(ask, *KINDS[kind])
    assert [*found][:1] == ["figure"]
    assert [*found][-6:] == ["unit", "reported", "reason", "sum_of_leaves", "leaves", "not_counted"]
    assert found["leaves"]
    is_sum = kind != "stated by an event"
    assert found["sum_of_leaves"] == (found["reported"] if is_sum else None)
    assert (found["reason"] is None) == (found["reported"] is not None)


@pytest.mark.parametrize("kind", one_in(2, KINDS))
def test_the_tree_names_each_event_of_the_json_once_for_each_leaf_that_it_makes(ask: Ask, kind: str) -> None:
    found = explained(ask, *KINDS[kind])
    leaves = [event for leaf in found["leaves"] for event in leaf.get("shares", [leaf]) + leaf.get("terms", [])]
    wanted = sorted(f"e{event['position']}" for event in leaves + found["not_counted"] if event["position"])
    tree = ask("why", *KINDS[kind], "--format", "table").out.splitlines()
    lines = [line.lstrip("│├└─ ").split("  ")[0] for line in tree if line[:1] in "│├└ "]
    assert sorted(word for word in lines if word[1:].isdecimal()) == wanted


def test_an_unknown_figure_has_its_reason_in_json_too(ask: Ask) -> None:
    found = explained(ask, *KINDS["quota"])
    assert (found["reported"], found["reason"]) == (None, "an event that counts gives no exact figure")
    assert "unknown: an event that counts gives no exact figure" in ask("why", *KINDS["quota"], "--format", "table").out


def test_a_table_without_leaves_has_its_columns_all_the_same(ask: Ask) -> None:
    events = "position,amount,reason,type,effective,known_on,summary,assertion,sources,citations"
    run = ask("why", *NOTHING_YET, "--known-at", "2023-06-30", "--format", "csv")
    assert run.out.splitlines() == [f"thing,{events}"]
    holding = ("northern-rare-earth", "rare-earth-separation", "--basis", "operated")
    run = ask("why", "holdings", *holding, "--format", "csv")
    assert run.out.splitlines() == ["path,thing,capacity,share_pct,amount,reason"]


def test_each_national_figure_is_a_subcommand_with_the_same_help(ask: Ask) -> None:
    helps = {str(why.commands[figure.replace("_", "-")].help) for figure in FIGURES}
    assert len(helps) == 1
    assert set(why.commands) == {figure.replace("_", "-") for figure in FIGURES} | {
        "project",
        "holdings",
        "quota",
        "support",
    }


@pytest.mark.parametrize("kind", one_in(2, KINDS))
def test_a_pipe_gets_the_tree_as_rows_whose_first_level_adds_up(ask: Ask, kind: str) -> None:
    head, *lines = [line.split("\t") for line in ask("why", *KINDS[kind]).out.splitlines()]
    rows = [dict(zip(head, line, strict=True)) for line in lines]
    assert head[:2] == ["depth", "path"] and [row["depth"] for row in rows][:2] == ["0", "1"]
    found = explained(ask, *KINDS[kind])
    first = [Decimal(row["amount"]) for row in rows if (row["depth"], row["counts"]) == ("1", "true") and row["amount"]]
    if found["sum_of_leaves"] is not None:
        assert sum(first) == Decimal(rows[0]["amount"]) == Decimal(str(found["sum_of_leaves"]))
    for above, row in itertools.pairwise(rows):
        assert int(row["depth"]) <= int(above["depth"]) + 1
        assert json.loads(row["path"])[0] == json.loads(rows[0]["path"])[0]
    events = [row for row in rows if row["kind"] == "event"]
    assert events and all(row["position"] for row in events)


@pytest.mark.parametrize("kind", one_in(2, KINDS))
def test_each_event_carries_title_publisher_date_address_and_quotation_of_its_sources(ask: Ask, kind: str) -> None:
    found = explained(ask, *KINDS[kind])
    leaves = [event for leaf in found["leaves"] for event in leaf.get("shares", [leaf]) + leaf.get("terms", [])]
    for event in leaves:
        if event["position"] is not None:
            assert sorted(one["title"] for one in event["citations"]) == sorted(event["sources"])
            assert all({"publisher", "published_on", "url", "quote"} <= one.keys() for one in event["citations"])
    assert any(one["url"] for event in leaves for one in event.get("citations") or ())


def test_the_quotation_of_a_source_is_in_why_show_and_the_rows(ledger: Path) -> None:
    source = "title=Notice,class=regulator,publisher=MIIT,url=https://example.org/n,published_on=2026-01,quote=5000 t/yr; from now on"
    words = (
        "capacity-stated",
        "--facility-id",
        "baotou-works",
        "--activity-id",
        "crude-steel",
        "--capacity",
        "5000 t/yr",
    )
    (facility,) = json.loads(
        policytrack(ledger, "sql", "SELECT facility_id FROM facility WHERE country_code = 'CN' LIMIT 1", "--json").out
    )
    words = (*words[:2], facility["facility_id"], *words[3:], "--effective", "2026-01-01", "--source", source)
    done = policytrack(ledger, "record", *words, "--yes")
    assert done.code == 0, done.err
    shown = policytrack(ledger, "why", "installed", "--country", "CN", "--activity", "crude-steel", "--json")
    cited = [
        one for leaf in json.loads(shown.out)["leaves"] for one in leaf["citations"] or () if one["title"] == "Notice"
    ]
    assert cited == [
        {"title": "Notice", "publisher": "MIIT", "published_on": "2026-01", "url": "https://example.org/n", "locator": None, "quote": "5000 t/yr; from now on", "archived_url": None, "class": "regulator"}
    ]  # fmt: skip
    piped = policytrack(ledger, "why", "installed", "--country", "CN", "--activity", "crude-steel").out
    assert "\thttps://example.org/n\t5000 t/yr; from now on" in piped


def test_a_terminal_shows_the_largest_things_of_many_and_all_of_them_when_asked(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    assert policytrack(tmp_path, "init", "ledger").code == 0
    plants = [
        event
        for n in range(1, 44)
        for event in (
            {"type": "facility_registered", "facility_id": f"plant-{n}", "name": f"Plant {n}", "country": "CN"},
            {"type": "capacity_stated", "facility_id": f"plant-{n}", "activity_id": "crude-steel", "capacity": n,
             "effective": "2024"},
        )
    ]  # fmt: skip
    source = [{"title": "A list", "class": "regulator"}]
    lines = (json.dumps({**event, "known_on": "2025-01-31", "sources": source}) for event in plants)
    (tmp_path / "plants.jsonl").write_text("\n".join(lines), encoding="utf-8")
    assert policytrack(ledger, "import", str(tmp_path / "plants.jsonl")).code == 0
    asked = ("why", "installed", "--country", "CN", "--activity", "crude-steel")
    shown = policytrack(ledger, *asked, "--format", "table").out
    assert "├── facility:plant-43  43" in shown
    assert "└── 3 more, not shown  6 (--all shows them)" in shown
    assert "sum of leaves 946 = reported 946 ✓" in shown
    assert "facility:plant-2 " not in shown
    everything = policytrack(ledger, *asked, "--format", "table", "--all").out
    assert "facility:plant-2 " in everything
    assert "not shown" not in everything
    assert len(json.loads(policytrack(ledger, *asked, "--json").out)["leaves"]) == 43
