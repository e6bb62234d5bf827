"""The server: its answers are those of the command line, and only programs of this computer get them."""

from __future__ import annotations

import http.client
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from policytrack.cli.commands.serve import refuse_without
from policytrack.errors import MissingExtra
from tests.cli.conftest import Run, policytrack
from tests.serve.conftest import SEED, Served, serving
from tests.thinning import one_in

Ask = Callable[..., Run]
DATES = ("--as-of", "2025-10-31", "--known-at", "2025-10-31")
COMMANDS = {
    "capacity": ("capacity",),
    "regions": ("capacity", "--by", "region"),
    "facilities": ("capacity", "--by", "facility"),
    "pending": ("pending",),
    "holdings": ("holdings",),
    "swaps": ("swaps",),
    "lots": ("lots",),
    "quotas": ("quotas",),
    "rules": ("policies",),
    "support": ("support",),
    "firms": ("firm", "list"),
    "events": ("log",),
}
"""Tables, and the commands that print them."""


SOAK = pytest.mark.soak


@pytest.mark.parametrize(
    "table", [name if name in ("capacity", "lots") else pytest.param(name, marks=SOAK) for name in COMMANDS]
)
def test_a_file_has_the_bytes_that_the_command_writes(served: Served, ask: Ask, table: str) -> None:
    got = served.get(f"/api/v1/{table}.csv?{SEED}")
    run = ask(*COMMANDS[table], *DATES, "--format", "csv")
    assert (got.status, got.text) == (200, run.out)
    assert got.headers["content-disposition"] == (
        f'attachment; filename="{table}-2025-10-31-known-2025-10-31-e428.csv"'
    )


FILTERED = (
    "pending.jsonl?country=CN&status=approved&",
    "pending --country CN --status approved",
    "quotas.csv?year=2024&stage=mining&perimeter=constant&",
    "quotas --year 2024 --stage mining --perimeter constant",
    "series.csv?from=2020&every=quarter&activity=rare-earth-separation&",
    "series --from 2020 --every quarter --activity rare-earth-separation",
    "pending.tsv?overdue=true&region=CN-NM&",
    "pending --overdue --region CN-NM",
    "holdings.json?firm=baogang-group&basis=attributable&include=planned&",
    "holdings baogang-group --basis attributable --include planned",
    "rules.csv?all=true&jurisdiction=CN&",
    "policies --all --jurisdiction CN",
    "news.csv?since=2025-10-01&",
    "news --since 2025-10-01",
    "forecast.csv?to=2028&every=year&",
    "forecast --to 2028 --every year",
    "findings.csv?severity=error&",
    "check --severity error --acknowledged",
    "events.csv?type=project_approved&dates=earliest&",
    "log --type project_approved --dates earliest",
)
"""Addresses with filters, and the command of each; the first three in every run."""


@pytest.mark.parametrize(
    ("path", "command"),
    [
        pytest.param(path, command, marks=SOAK if number > 2 else ())
        for number, (path, command) in enumerate(zip(FILTERED[::2], FILTERED[1::2], strict=True))
    ],
)
def test_a_filter_of_an_address_is_that_of_the_command(served: Served, ask: Ask, path: str, command: str) -> None:
    format_ = path.partition("?")[0].rpartition(".")[2]
    assert served.get(f"/api/v1/{path}{SEED}").text == ask(*command.split(), *DATES, "--format", format_).out


def test_spreadsheets_and_columns_are_those_of_the_command(served: Served, demo_ledger: Path, tmp_path: Path) -> None:
    for format_, read in (("xlsx", bytes), ("parquet", parquet_table), ("arrow", arrow_table)):
        written = tmp_path / f"capacity.{format_}"
        assert policytrack(demo_ledger, "capacity", *DATES, "-o", str(written)).code == 0
        assert read(served.get(f"/api/v1/capacity.{format_}?{SEED}").body) == read(written.read_bytes())


def parquet_table(body: bytes) -> pa.Table:
    """The table in a Parquet file, with the metadata of its schema."""
    return parquet.read_table(io.BytesIO(body))


def arrow_table(body: bytes) -> pa.Table:
    """The table in an Arrow file. What its buffers hold below NULL is not defined, so the bytes may differ."""
    return pa.ipc.open_file(io.BytesIO(body)).read_all()


def test_an_answer_has_its_coordinates_its_citation_and_some_of_its_rows(served: Served, ask: Ask) -> None:
    answer = served.get(f"/api/v1/events?{SEED}&start=10&limit=5").json
    rows = json.loads(ask("log", *DATES, "--json").out)
    assert (answer["as_of"], answer["known_at"], answer["head"]) == ("2025-10-31", "2025-10-31", 428)
    assert (answer["count"], answer["start"]) == (len(rows), 10)
    assert answer["rows"] == rows[10:15]
    last = served.get(f"/api/v1/events?{SEED}&start={len(rows) - 2}&limit=5").json
    assert (last["count"], last["rows"]) == (len(rows), rows[-2:])
    after = served.get(f"/api/v1/events?{SEED}&start=1000").json
    assert (after["count"], after["rows"]) == (len(rows), [])
    holdings = served.get(f"/api/v1/holdings?{SEED}&start=1&limit=2").json
    assert (holdings["count"] > 100, len(holdings["rows"])) == (True, 2)
    assert re.search(r"head e428 \(sha256:[0-9a-f]{64}\), policytrack", answer["citation"])


@pytest.mark.parametrize(
    ("path", "command"),
    one_in(2, [
        ("pending_net?country=CN&activity=rare-earth-separation&",
         ("pending-net", "--country", "CN", "--activity", "rare-earth-separation")),
        ("project/northern-jinlong-separation/retiring?", ("project", "northern-jinlong-separation", "retiring")),
        ("holdings/baogang-group/rare-earth-separation?status=pending&",
         ("holdings", "baogang-group", "rare-earth-separation", "--status", "pending")),
        ("quota/2024?stage=mining&holder=northern-rare-earth&",
         ("quota", "2024", "--stage", "mining", "--holder", "northern-rare-earth")),
    ]),
)  # fmt: skip
def test_an_explanation_is_that_of_why_and_adds_up(
    served: Served, ask: Ask, path: str, command: tuple[str, ...]
) -> None:
    found = served.get(f"/api/v1/why/{path}{SEED}").json["explanation"]
    assert found == json.loads(ask("why", *command, *DATES, "--json").out)
    assert found["reported"] == found["sum_of_leaves"]
    page = served.get(f"/why/{path}{SEED}")
    assert page.status == 200
    assert ('<strong id="sum">' if found["reported"] is not None else "Unknown: ") in page.text


def test_facts_are_those_of_show(served: Served, ask: Ask) -> None:
    for kind, id_ in (("project", "northern-jinlong-separation"), ("firm", "baogang-group"), ("swap", "xinfeng-swap")):
        got = served.get(f"/api/v1/{kind}/{id_}?{SEED}").json
        assert [got["facts"]] == json.loads(ask("show", f"{kind}:{id_}", *DATES, "--json").out)
    for address in got["tables"].values():  # of the swap
        assert served.get(address).json["as_of"] == "2025-10-31"


SLOW = ("findings", "news", "firms", "holdings", "swaps", "pending")
"""Pages that take a quarter of a second of processor time or more; those in other tests are not opened here."""


@pytest.mark.parametrize("slow", [False, pytest.param(True, marks=SOAK)])
def test_every_page_answers_and_every_link_on_it_is_a_page(served: Served, slow: bool) -> None:
    starts = ("/project/northern-jinlong-separation", "/firm/baogang-group", "/event/14", "/")
    seen: set[str] = set()
    for start in starts if slow else starts[:1]:
        page = served.get(f"{start}?{SEED}")
        assert page.status == 200
        assert "as of 2025-10-31 · known at 2025-10-31 · head e428" in page.text
        seen.update(address.replace("&amp;", "&") for address in re.findall(r'href="(/[^"]*)"', page.text))
    by_kind: dict[str, str] = {}
    for address in sorted(seen):  # one address of each kind: lists, things, explanations, files
        kind = "file" if address.startswith("/api/v1/") else address.partition("?")[0].split("/")[1]
        by_kind.setdefault(kind, address)
    assert len(by_kind) > 20
    for kind, address in by_kind.items():
        assert (not slow and kind in SLOW) or served.get(address).status == 200, address


def test_the_document_of_the_api_names_every_parameter_that_an_address_takes(served: Served) -> None:
    document = served.get("/api/v1/openapi.json").json
    assert document["openapi"] == "3.1.0"
    operations = {path: one["get"] for path, one in document["paths"].items()}
    assert len({operation["operationId"] for operation in operations.values()}) == len(operations)
    assert {f"/api/v1/{table}" for table in COMMANDS} <= set(operations)
    for name in ("capacity", "holdings"):
        parameters = {one["name"]: one for one in operations[f"/api/v1/{name}"]["parameters"]}
        assert {"as_of", "known_at", "head", "dates", "start", "limit", "activity"} <= set(parameters)
    for path, operation in operations.items():
        in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))


@pytest.mark.parametrize(
    ("path", "status", "code", "said"),
    [
        ("/api/v1/capacity?as_of=2025-99", 400, "PT202", "'2025-99' is not a date"),
        ("/api/v1/capacity?as_of=2025&as_of=2024", 400, "PT100", "as_of is given 2 times"),
        ("/api/v1/capacity?as_off=2025", 400, "PT100", "there is no parameter 'as_off' here"),
        ("/api/v1/capacity?country=ZZ", 404, "PT401", "no country 'ZZ'"),
        ("/api/v1/capacity?country=" + "A" * 5000, 400, "PT100", "has 5,000 characters"),
        ("/api/v1/capacity?country=%00", 400, "PT100", "has a NUL character"),
        ("/api/v1/capacity?" + "country=CN&" * 101, 400, "PT100", "is given 101 times"),
        ("/api/v1/capacity?limit=1000000", 400, "PT100", "is not an allowed value of limit"),
        ("/api/v1/capacity?start=-1", 400, "PT100", "'-1' is not an allowed value of start"),
        ("/api/v1/capacity?start=99999999999999999999999", 400, "PT100", "is not an allowed value of start"),
        ("/api/v1/capacity?head=429", 404, "PT401", "there is no event e429"),
        ("/api/v1/capacity.exe", 400, "PT100", "there is no format 'exe'"),
        ("/api/v1/pending?status=done", 400, "PT100", "'done' is not an allowed value of status"),
        ("/api/v1/firm/northern-rare-eart", 404, "PT401", "no firm 'northern-rare-eart'"),
        ("/api/v1/event/9999", 404, "PT401", "no event '9999' is known"),
        ("/api/v1/owners", 400, "PT100", "the parameter id is missing"),
        ("/api/v1/why/wealth?country=CN&activity=crude-steel", 400, "PT100", "there is no figure 'wealth'"),
        ("/api/v1/why/net", 400, "PT100", "exactly one country and one activity"),
        ("/api/v1/sql?q=DROP+TABLE+event", 400, "PT101", ""),
        ("/api/v1/sql?q=SELECT+*+FROM+read_csv('/etc/passwd')", 400, "PT101", ""),
        ("/api/v1/series?from=1000&every=month", 400, "PT100", "the series would have"),
        ("/api/v1/nothing", 404, "PT401", "there is no page '/api/v1/nothing'"),
        ("/static/../app.py", 404, None, "There is no page"),
        ("/static/%2e%2e%2fapp.py", 404, None, "There is no page"),
        ("/firm/nope", 404, None, "No firm"),
    ],
)  # fmt: skip
def test_what_cannot_be_answered_is_said_with_its_status(
    served: Served, path: str, status: int, code: str | None, said: str
) -> None:
    got = served.get(path)
    assert (got.status, said in got.text) == (status, True), got.text
    if code is not None:
        assert got.json["error"] == code
        assert got.json["hint"]


def test_an_answer_that_is_still_right_is_not_sent_again(served: Served) -> None:
    for path in (f"/?{SEED}", f"/api/v1/pending?{SEED}", f"/api/v1/pending.csv?{SEED}", "/static/serve.js"):
        got = served.get(path)
        again = served.get(path, If_None_Match=got.headers["etag"])
        assert (again.status, again.body) == (304, b"")
        assert served.get(path, If_None_Match='"other"').body == got.body
    assert served.get(f"/?{SEED}").headers["etag"] != served.get(f"/?{SEED}&dates=earliest").headers["etag"]


def test_only_this_computer_and_only_reading_is_answered(served: Served) -> None:
    def status(method: str = "GET", path: str = "/api/v1/head", **headers: str) -> int:
        connection = http.client.HTTPConnection(served.base.removeprefix("http://"), timeout=30)
        connection.putrequest(method, path, skip_host=True)
        for name, value in headers.items():
            connection.putheader(name.replace("_", "-"), value)
        connection.endheaders()
        found = connection.getresponse().status
        connection.close()
        return found

    assert [status(Host=host) for host in ("127.0.0.1", "localhost:9", "LOCALHOST", "[::1]:80")] == [200] * 4
    for host in (
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "169.254.169.254",
        "",
        "127.0.0.1:",
    ):
        assert status(Host=host) == 400, host
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
        assert status(method, Host="localhost") == 405
    assert status("HEAD", Host="localhost") == 200
    cross = {"Sec_Fetch_Site": "cross-site"}
    assert status(Host="localhost", Sec_Fetch_Mode="no-cors", **cross) == 403
    assert status(Host="localhost", Sec_Fetch_Mode="navigate", **cross) == 200


def test_every_answer_has_the_headers_that_keep_it_on_this_computer(served: Served) -> None:
    for path in ("/", "/api/v1/head", "/nothing", "/static/serve.css", "/api/v1/pending.csv", "/firm/nope"):
        headers = served.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in headers


def test_pages_have_no_inline_script_or_style_and_load_only_from_here(served: Served) -> None:
    for path in (f"/?{SEED}", f"/swaps?{SEED}", "/sql?q=FROM+firm", "/search?q=稀土", "/api"):
        text = served.get(path).text
        assert not re.search(r"<script(?! defer src=\"/static/)|<style|\bstyle=|\bon\w+=", text)
        loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="([^"]+)"', text)
        assert loaded and all(address.startswith("/static/") for address in loaded)


def test_a_source_has_a_page_with_its_events(served: Served) -> None:
    rows = served.get("/api/v1/sources?text=northern gold&class=trade-press").json["rows"]
    assert [row["title"] for row in rows] == [
        "Northern Gold Dragon's greenlight; Baotou expands its grip on rare earth separation"
    ]
    page = served.get(f"/source/{rows[0]['source_id']}").text
    assert all(f'href="/event/{position}?' in page for position in rows[0]["positions"])
    assert 'rel="noreferrer noopener"' in page


@pytest.mark.parametrize("name", ["pending", "swaps", "news", "events", "holdings"])
def test_some_rows_are_those_of_all_with_their_number(served: Served, name: str) -> None:
    every = served.get(f"/api/v1/{name}?limit=100000&{SEED}").json["rows"]
    for start, limit in ((0, 3), (2, 2), (len(every) - 1, 5), (len(every), 5), (len(every) + 7, 1)):
        some = served.get(f"/api/v1/{name}?start={start}&limit={limit}&{SEED}").json
        assert (some["count"], some["rows"]) == (len(every), every[start : start + limit]), (start, limit)


def test_names_are_found_in_every_script(served: Served) -> None:
    for query in ("北方稀土", "northern rare", "jinlong", "600111"):
        found = served.get(f"/api/v1/search?q={query}").json["rows"]
        assert found, query
    assert served.get("/api/v1/search?q=").json["rows"] == []
    some = served.get("/api/v1/search?q=rare earth&kind=firm&limit=2&start=1").json
    every = served.get("/api/v1/search?q=rare earth").json["rows"]
    firms = [row for row in every if row["kind"] == "firm"]
    assert (some["count"], some["rows"]) == (len(firms), firms[1:3]) and len(firms) < len(every)
    assert "/firm/northern-rare-earth?" in served.get("/search?q=northern rare").text


def test_an_address_with_its_head_shows_the_same_after_new_events(tmp_path: Path) -> None:
    first = "{type: firm_registered, firm_id: early, name: Early Metals, country: DE, known_on: 2024-01-01}"
    later = "{type: firm_registered, firm_id: late, name: Late Metals, country: DE, known_on: 2024-01-01}"
    assert policytrack(tmp_path, "init", ".").code == 0
    for name, event in (("first.yaml", first), ("later.yaml", later)):
        (tmp_path / name).write_text(f"events:\n  - {event}\n", encoding="utf-8")
    assert policytrack(tmp_path, "import", "first.yaml").code == 0
    with serving(tmp_path) as server:
        pinned = f"/api/v1/firms?{SEED}&head=1"
        before = server.get(pinned).body
        assert policytrack(tmp_path, "import", "later.yaml").code == 0
        assert server.get("/api/v1/head").json["head"] == 2
        assert [row["firm_id"] for row in server.get("/api/v1/firms").json["rows"]] == ["early", "late"]
        assert server.get(pinned).body == before


def test_without_the_extra_the_command_says_how_to_install_it() -> None:
    with pytest.raises(MissingExtra, match="`serve` needs no_such_package, which is not installed") as missing:
        refuse_without(("json", "no_such_package"))
    assert "pip install 'policytrack[serve]'" in missing.value.hint


def test_a_port_in_use_is_refused(served: Served, demo_ledger: Path) -> None:
    run = policytrack(demo_ledger, "serve", "--port", served.base.rpartition(":")[2])
    assert (run.code, "cannot listen on port" in run.err) == (2, True)
