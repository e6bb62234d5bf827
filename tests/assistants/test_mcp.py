"""`policytrack mcp`: its tools answer the package's own client over standard input and output, and record nothing."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

import policytrack
from tests.cli.conftest import DAY, environment, head_of, ledger
from tests.cli.conftest import policytrack as run

mcp = pytest.importorskip("mcp", reason="mcp is not installed: the tools for assistants are not tested")
__all__ = ["ledger"]
OCTOBER = {"as_of": "2025-10-31", "known_at": "2025-10-31"}
SEED = {"country": "CN", "activity": "rare-earth-separation"}
Call = Callable[..., Coroutine[Any, Any, Any]]


def served(folder: Path, talk: Callable[[Any], Coroutine[Any, Any, None]], *words: str) -> None:
    """Start the command as an assistant does, and talk to it."""

    async def conversation() -> None:
        started = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "policytrack", "-C", str(folder), "mcp", *words], env=environment()
        )
        async with mcp.Client(started) as client:
            await talk(client)

    asyncio.run(asyncio.wait_for(conversation(), 100))


async def called(client: Any, tool: str, **arguments: Any) -> Any:
    """The answer of a tool, or its error."""
    done = await client.call_tool(tool, arguments)
    (text,) = done.content
    if done.is_error:
        return {"is_error": True, **json.loads(text.text[text.text.index("{") :])}
    return json.loads(text.text, parse_float=str)


def test_the_tools_answer_with_coordinates_and_sources_and_only_read(
    demo_ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLICYTRACK_TODAY", DAY)
    before = head_of(demo_ledger)
    with policytrack.open(demo_ledger) as opened:
        expected = json.loads(opened.capacity(**SEED, **OCTOBER).to_json(), parse_float=str)
        explained = json.loads(opened.why("net", **SEED, **OCTOBER).to_json(), parse_float=str)

    january = ("--as-of", "2025-01-31", "--known-at", "2025-01-31")
    listed = run(demo_ledger, "sql", "SELECT DISTINCT title FROM source", *january, "--json")
    known_in_january = {row["title"] for row in json.loads(listed.out)}

    async def talk(client: Any) -> None:
        tools = (await client.list_tools()).tools
        assert [tool.name for tool in tools] == ["ask", "why", "diff", "search", "schema", "sql"]
        assert all(tool.annotations.read_only_hint for tool in tools)

        answer = await called(client, "ask", question="capacity", arguments=SEED, **OCTOBER)
        assert {name: answer[name] for name in expected} == expected
        assert answer["sources"] and {"title", "publisher", "url"} <= answer["sources"][0].keys()
        assert await called(client, "why", kind="national", arguments={"figure": "net", **SEED}, **OCTOBER) == explained

        changes = await called(client, "diff", start="2025-01-31", country=["CN"])
        found = await called(client, "search", text="jinlong")
        shown = await called(
            client, "sql", query="SELECT project_id, net FROM project ORDER BY ALL", limit=3, **OCTOBER
        )
        views = await called(client, "schema")
        for one in (changes, found["things"], found["events"], shown, views):
            assert one["digest"].startswith("sha256:") and one["head"] == before and one["as_of"] and one["known_at"]
        assert {"kind": "project", "id": "northern-jinlong-separation"}.items() <= found["things"]["rows"][-1].items()
        assert found["events"]["sources"] and shown["sources"] and len(shown["rows"]) <= 3
        assert "national_capacity" in views["views"] and "project_approved" in views["events"]
        assert (await called(client, "schema", name="project-approved"))["schema"]["title"] == "ProjectApproved"
        assert (await called(client, "schema", name="national_capacity"))["columns"]

        early = await called(
            client, "ask", question="pending", arguments={"country": "CN"}, as_of="2025-01-31", known_at="2025-01-31"
        )
        titles = {source["title"] for source in early["sources"]}
        assert "China Northern Rare Earth Group forms a joint venture" in titles
        assert titles <= known_in_january and len(early["sources"]) == len(
            {json.dumps([one[part] for part in ("title", "publisher", "url")]) for one in early["sources"]}
        )

    served(demo_ledger, talk)
    assert head_of(demo_ledger) == before


@pytest.mark.soak
def test_what_is_wrong_is_an_error_with_code_and_hint(demo_ledger: Path) -> None:
    async def talk(client: Any) -> None:
        for code, tool, arguments in (
            ("PT100", "ask", {"question": "capcity"}),
            ("PT100", "ask", {"question": "capacity", "arguments": {"coutry": "CN"}}),
            ("PT401", "ask", {"question": "capacity", "arguments": {"activity": "crude-stel"}}),
            ("PT202", "ask", {"question": "capacity", "as_of": "soon"}),
            ("PT100", "why", {"kind": "project", "arguments": {"project": "northern-jinlong-separation"}}),
            ("PT101", "sql", {"query": "COPY (SELECT 1) TO '/tmp/stolen.csv'"}),
            ("PT101", "sql", {"query": "FROM read_csv('/etc/passwd')"}),
            ("PT401", "schema", {"name": "national_capcity"}),
        ):
            found = await called(client, tool, **arguments)
            assert found.get("is_error") and found["error"] == code and found["hint"], (tool, arguments, found)

    served(demo_ledger, talk)


@pytest.mark.soak
def test_a_draft_is_checked_and_written_and_only_a_person_records_it(ledger: Path) -> None:
    before = head_of(ledger)
    event = {
        "type": "schedule_revised", "project_id": "northern-jinlong-separation", "due": "2027-06", "reason": "delay",
        "effective": "2026-11-01", "known_on": "2026-11-02",
        "sources": [{"title": "公告: notice", "class": "filing", "quote": "completion in June 2027"}],
    }  # fmt: skip
    drafted: list[Any] = []

    async def talk(client: Any) -> None:
        assert "draft_event" in [tool.name for tool in (await client.list_tools()).tools]
        wrong = await called(client, "draft_event", event={**event, "project_id": "northern-jinlong"})
        assert wrong["is_error"] and wrong["error"].startswith("PT")
        assert (await called(client, "draft_event", event={"type": "gossip"}))["error"] == "PT201"
        drafted.append(await called(client, "draft_event", event=event))

    served(ledger, talk, "--write")
    (draft,) = drafted
    assert draft["is_recorded"] is False and head_of(ledger) == before
    assert [path.name for path in (ledger / "drafts").iterdir()] == [Path(draft["file"]).name]
    assert draft["to_record"].endswith(f"policytrack import {draft['file']}")
    done = run(ledger, "import", draft["file"], "--json")
    assert (done.code, json.loads(done.out)["stored"]) == (0, 1), done.err
    stored = json.loads(run(ledger, "why", "project", "northern-jinlong-separation", "due", "--json").out)
    assert (stored["reported"], stored["leaves"][0]["citations"][0]["quote"]) == ("2027-06", "completion in June 2027")
