"""A ledger that a stranger made with every trick that we know, opened by every command: it does nothing and hides nothing."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import click
import duckdb
import pytest

from policytrack.cli.main import cli
from policytrack.store.digest import next_digest
from tests.cli.conftest import policytrack

ESCAPES = "\x1b[2J\x1b]0;owned\x07\u009b31m\u202eevil\u200b"
FORMULA = '=HYPERLINK("http://evil.example","x")'
MARKUP = "<script>alert(1)</script>[x](javascript:alert)|"
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
FOREVER = "(SELECT count(*) FROM range(10000000) AS a, range(10000000) AS b WHERE hash(a.range, b.range) = 7)"
CHECK = "/* Something is wrong. Severity: error. Asked at recording. One row. */\n"
SOME = (
    "capacity --format table", "log --format table", "status", "sql --list --format table", "sql --named run",
    "sql 'FROM firm' --format table", "show works", "export", "doctor", "record firm-registered --firm-id b --name B --yes",
    "capacity --head 1 --format table", "firm find evil",
)  # fmt: skip
COMMANDS = (
    *SOME,
    "holdings --format table", "pending --format table", "series --format table", "asof", "swaps --format table",
    "lots --format table", "quotas --format table", "policies --format table", "support --format table", "forecast",
    "check", "check --list --format table", "verify", "rebuild", "schema --format table", "schema firm --format table",
    "plot capacity", "firm show evil", "show e1", "show e2", "show e3", "show evil",
    "why national operating CN rare-earth-separation", "diff 2025-01-01 2026-01-01", "sql 'FROM evil'", "export firm",
    "export ./package", "export firm -o firm.xlsx", "correct e1 --set name=B --because error --dry-run",
    "correct e3 --set name=B --because error --dry-run", "retract e3 --because error --reason r --dry-run",
    "undo i1 --dry-run --cascade", "import more.jsonl --yes", "import more.jsonl -n -o -", "template firm_registered",
    "log --format json", "log --format csv", "log --format markdown", "capacity --cite", "backup ../saved",
    "claim e2 --corroborates --source title=x,class=regulator --dry-run", "completion bash", "help exit-codes",
    "news --since 2020-01-01 --format table", "watch --format table", "watch evil", "mcp", "map firms.csv -o -",
    "report -o report.html --logo projections/link.sql", "report -o report.html --since 2020-01-01",
    "export lake ./lake", "export sqlite views.sqlite", "export views -o views.xlsx", "export events --verbatim",
    "pull ../saved", "restore ../saved ../restored", "copy-store . ../restored", "init .", "init inner",
    "seal --new-key ../key", "seal --key ../key", "prove e2 -o ../proof.json", "verify --seal", "verify --cited e1 x",
    "verify-proof ../proof.json --key ../key.pub", "sql 'FROM firm' --format markdown",
    "config", "config capacity", "plugins",
)  # fmt: skip
"""What is run, in this order. None may print what the stranger's SQL says, nor a raw control character to a person."""
NOT_RUN = {"serve": "runs until it is interrupted; tests/serve opens a ledger with the same SQL and text in a browser"}
"""Commands that are not in the list, each with the reason."""
TO_PROGRAMS = (
    "config",
    "export",
    "template",
    "log --format json",
    "log --format csv",
    "import",
    "completion",
    "verify-proof",
)


def hostile_sql(secret: Path, canary: Path) -> dict[str, str | bytes]:
    """SQL that writes, reads, never ends, doubles, imitates, or cannot be read."""
    write = f"COPY (SELECT 1) TO '{canary}'"
    return {
        "projections/evil.sql": f"/* {ESCAPES} */\nSELECT 'EVIL-RAN' AS a -- {ESCAPES}\n",
        "projections/writes.sql": f"SELECT E'\\'' AS a; {write}; --'",
        "projections/reads.sql": f"SELECT * FROM read_text('{secret}')",
        "projections/ends_never.sql": f"SELECT {FOREVER} AS n",
        **{f"projections/d{n}.sql": f"SELECT a.x FROM d{n - 1}_at(p_as_of, p_known_at) a, d{n - 1}_at(p_as_of, p_known_at) b"
           for n in range(1, 40)},
        "projections/d0.sql": "SELECT p_as_of AS x",
        "projections/national_capacity.sql": "SELECT 'EVIL-RAN' AS country_code",
        "projections/functions.sql": "CREATE MACRO as_of() AS DATE '1900-01-01'",
        "projections/as_of.sql": "SELECT 'EVIL-RAN' AS a",
        "projections/._mac.sql": b"\x00\xff\xfe",
        "projections/binary.sql": b"\xff\xfe\x00",
        "projections/large.sql": "SELECT 1 --" + " " * (1 << 20),
        f"projections/{ESCAPES}.sql": "SELECT 'EVIL-RAN' AS a",
        "projections/checks/evil.sql": f"{CHECK}SELECT 'x' AS subject, 'EVIL-RAN' AS message, [1] AS positions",
        "projections/checks/ends_never.sql": f"{CHECK}SELECT 'x' AS subject, {FOREVER}::VARCHAR AS message, [1] AS positions",
        "projections/checks/writes.sql": f"{CHECK}SELECT 1) ; {write}; --",
        "queries/run.sql": f"/* {ESCAPES} */ SELECT 'EVIL-RAN' AS a",
        "queries/binary.sql": b"\xff\xfe\x00",
        f"queries/{ESCAPES}.sql": "SELECT 1",
    }  # fmt: skip


def add_events(store: Path, events: list[tuple[str, str, list[str]]]) -> None:
    """Store events (type, data, tags) under right digests, as anyone who can write the file can."""
    with sqlite3.connect(store) as connection:
        for type_, data, tags in events:
            position, recorded, before = connection.execute(
                "SELECT position, recorded_at, digest FROM dcb_events ORDER BY position DESC LIMIT 1"
            ).fetchone()
            stored = json.dumps(tags, separators=(",", ":"))
            digest = next_digest(before, position + 1, type_, data.encode(), stored, recorded)
            connection.execute(
                "INSERT INTO dcb_events VALUES (?, ?, ?, ?, ?, ?)",
                (position + 1, type_, data, stored, recorded, digest),
            )
            connection.executemany("INSERT INTO dcb_tags VALUES (?, ?)", [(tag, position + 1) for tag in tags])
    connection.close()


def hostile_events(store: Path) -> list[tuple[str, str, list[str]]]:
    """Events with text that no command records: they pass, since what is stored is not validated again."""
    with sqlite3.connect(store) as connection:
        (template,) = connection.execute("SELECT data FROM dcb_events WHERE type = 'firm_registered'").fetchone()
    connection.close()
    source = {"title": ESCAPES, "publisher": FORMULA, "url": "javascript:alert(1)", "class": "regulator"}
    common = {**json.loads(template), "sources": [source], "note": f"{ESCAPES}\n{MARKUP}", "recorded_by": ESCAPES}
    del common["firm_id"], common["name"]
    events = {
        "firm_registered": {"firm_id": "evil", "name": f"{FORMULA}{ESCAPES}{MARKUP}", "country": "CN"},
        "facility_registered": {
            "facility_id": "works", "name": f"{MARKUP}{ESCAPES}", "country": "CN", "operator_id": "evil"
        },
    }  # fmt: skip
    found = []
    for number, (type_, fields) in enumerate(events.items(), 1):
        data = {**common, "event_id": f"00000000-0000-4000-8000-{number:012}", **fields}
        tags = ["firm:evil", *(["facility:works"] if number == 2 else []), f"event:{data['event_id']}"]
        found.append((type_, json.dumps(data, ensure_ascii=False, separators=(",", ":")), tags))
    return found


@pytest.fixture(scope="module")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The ledger as its maker sends it, beside a secret of the reader; the place of a canary stays empty."""
    place = tmp_path_factory.mktemp("foreign")
    secret, canary = place / "secret", place / "canary"
    secret.write_text("TOP-SECRET\n")
    theirs = {"XDG_STATE_HOME": str(place / "their-state")}
    assert policytrack(place, "init", "made", **theirs).code == 0
    made = place / "made"
    assert policytrack(made, "record", "firm-registered", "--firm-id", "a", "--name", "A", **theirs).code == 0
    add_events(made / "events.db", hostile_events(made / "events.db"))
    shutil.rmtree(made / "readmodel")
    (made / "ledger.head").unlink()
    built = policytrack(made, "sql", "SELECT count(*) AS n FROM event", "--quiet", **theirs)
    assert built.out == "n\n3\n", built.err
    model = made / "readmodel" / (made / "readmodel" / "CURRENT").read_text().strip()
    model.chmod(0o644)
    with duckdb.connect(str(model)) as forged:
        forged.execute("CREATE OR REPLACE VIEW firm AS SELECT 'EVIL-RAN' AS firm_id, 'EVIL-RAN' AS name")
        forged.execute(
            f"CREATE OR REPLACE MACRO national_capacity_at(a, b) AS TABLE SELECT 'EVIL-RAN' AS x, {FOREVER} AS n"
        )
    (made / "readmodel" / "replay").mkdir()
    shutil.copyfile(model, made / "readmodel" / "replay" / model.name.replace("g3-", "g1-"))
    for name, text in hostile_sql(secret, canary).items():
        (made / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (made / "projections" / "link.sql").symlink_to(secret)
    (made / "projections" / "folder.sql").mkdir()
    (made / ".events.db.1.new").write_text("left behind")
    (made / "firms.csv").write_text(f"{ESCAPES},{FORMULA.replace(',', ';')}\n{MARKUP},{ESCAPES}\n", encoding="utf-8")
    with (made / "policytrack.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"[defaults]\n[defaults.forecast]\ncountry = {json.dumps(ESCAPES)}\nformat = 'xlsx'\n")
    (made / "more.jsonl").write_text(
        '{"type": "firm_registered", "firm_id": "c", "name": "C", "effective": "2025", "known_on": "2025-12-31"}\n'
    )
    yield made
    assert not canary.exists()
    assert secret.read_text() == "TOP-SECRET\n"
    assert {path.name for path in place.iterdir()} <= {"secret", "their-state", "made"}


@pytest.mark.parametrize("commands", [SOME, pytest.param(COMMANDS, marks=pytest.mark.soak)], ids=["some", "all"])
def test_every_command_opens_it_safely(foreign: Path, tmp_path: Path, commands: tuple[str, ...]) -> None:
    ledger = tmp_path / "received"
    shutil.copytree(foreign, ledger, ignore=shutil.ignore_patterns("pipe.sql"), symlinks=True)
    os.mkfifo(ledger / "projections" / "pipe.sql")
    os.mkfifo(ledger / "queries" / "pipe.sql")
    faults = []
    for command in commands:
        is_table = command.endswith("--format table")
        run = policytrack(ledger, "--no-input", *shlex.split(command), COLUMNS="200")
        shown = run.err if command.startswith(TO_PROGRAMS) and not is_table else f"{run.out}{run.err}"
        if run.code not in {0, 1, 2, 3, 4, 6}:
            faults.append((command, run.code, run.err[:200]))
        if "EVIL-RAN" in run.out + run.err or "TOP-SECRET" in run.out + run.err:
            faults.append((command, "ran or read", shown[:300]))
        if raw := RAW.search(shown):
            faults.append((command, f"raw {raw[0]!r}", shown[max(0, raw.start() - 60) : raw.end() + 30]))
    assert not faults, "\n".join(map(str, faults))


def test_every_command_of_the_program_is_in_the_list_or_excused() -> None:
    tried = {shlex.split(command)[0] for command in COMMANDS}
    with click.Context(cli) as context:
        assert set(cli.list_commands(context)) - tried == NOT_RUN.keys()
    kinds = {shlex.split(command)[1] for command in COMMANDS if command.startswith("export ")}
    assert {"events", "lake", "sqlite", "views"} <= kinds


@pytest.mark.soak
def test_what_is_given_on_holds_no_formula_and_no_markup(foreign: Path, tmp_path: Path) -> None:
    more = {"XDG_STATE_HOME": str(tmp_path / "state")}
    foreign = shutil.copytree(foreign, tmp_path / "received", symlinks=True)
    csv = policytrack(foreign, "sql", "SELECT name FROM firm WHERE firm_id = 'evil'", "--format", "csv", **more).out
    assert "HYPERLINK" in csv and "\n=" not in csv and '\n"=' not in csv
    markdown = policytrack(foreign, "sql", "SELECT name FROM firm", "--format", "markdown", **more).out
    assert "HYPERLINK" in markdown and "<script>" not in markdown
    assert not re.search(r"(?<!\\)\[x\]\(", markdown)


@pytest.mark.soak
def test_trusted_by_mistake_it_still_writes_and_reads_nothing_and_ends(foreign: Path, tmp_path: Path) -> None:
    more = {"XDG_STATE_HOME": str(tmp_path / "state"), "POLICYTRACK_OWN_SQL_TIMEOUT": "1"}
    foreign = shutil.copytree(foreign, tmp_path / "received", symlinks=True)
    for doubling in (foreign / "projections").glob("d*.sql"):  # `test_own_sql` has these: they take 10 s
        doubling.unlink()
    run = policytrack(foreign, "--trust", "capacity", **more)
    assert run.code == 0, run.err
    assert "TOP-SECRET" not in policytrack(foreign, "schema", **more).out
    assert policytrack(foreign, "check", **more).code == 1
    assert policytrack(foreign, "sql", "FROM evil", **more).out == "a\nEVIL-RAN\n"
    assert "TOP-SECRET" not in policytrack(foreign, "sql", "FROM reads", **more).out
