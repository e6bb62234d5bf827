"""The command line on a shared ledger: several folders, one server, the same figures."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import environment
from tests.cli.conftest import policytrack as run
from tests.copies import copied
from tests.postgres.server import Server

FIRM = (
    "record",
    "firm-registered",
    "--firm-id",
    "acme",
    "--name",
    "Acme",
    "--country",
    "SE",
    "--known-on",
    "2025-01-01",
)
CELLS = """\
- {type: firm_registered, firm_id: kiruna, name: Kiruna, country: SE, known_on: 2025-01-01}
- {type: facility_registered, facility_id: kiruna-works, name: Kiruna works, country: SE, operator_id: kiruna, known_on: 2025-01-01}
- {type: capacity_stated, facility_id: kiruna-works, activity_id: crude-steel, capacity: "2 Mt/yr", effective: 2024-12-31, known_on: 2025-01-02}
"""


@pytest.fixture
def desk(tmp_path: Path, server: Server, empty_database: str) -> Path:
    """A ledger on the server, with a folder for Anna."""
    made = run(tmp_path, "init", "anna", "--store", server.address(empty_database))
    assert (made.code, made.out) == (0, "")
    assert f"its events are at postgresql://owner@/{empty_database} (host {server.socket}), none yet" in made.err
    return tmp_path


def test_what_one_records_the_other_asks(desk: Path, server: Server, empty_database: str) -> None:
    (desk / "cells.yaml").write_text(CELLS)
    preview = run(desk, "-C", "anna", "import", "cells.yaml", "--dry-run")
    assert "SE\tcrude-steel\tinstalled\t0\t2000000\t2000000" in preview.out
    assert run(desk, "-C", "anna", "import", "cells.yaml").err.endswith(
        "recorded e1–e3 in one transaction: import i1\n"
    )
    assert "nothing to do" in run(desk, "-C", "anna", "import", "cells.yaml").err
    joined = run(desk, "init", "ben", "--store", server.address(empty_database))
    assert "up to e3" in joined.err
    question = ("capacity", "--country", "SE", "--cite", "--format", "csv")
    anna, ben = run(desk, "-C", "anna", *question), run(desk, "-C", "ben", *question)
    assert anna.out.replace("anna", "ben") == ben.out
    assert "2000000" in anna.out
    assert run(desk, "-C", "ben", *FIRM).code == 0
    corrected = run(desk, "-C", "ben", "correct", "e3", "--set", "capacity=3 Mt/yr", "--because", "error", "--yes")
    assert corrected.code == 0, corrected.err
    assert "3000000" in run(desk, "-C", "anna", *question).out
    assert run(desk, "-C", "anna", "undo", "i1", "--reason", "test", "--cascade", "--yes").code == 0
    for name, how in (("anna", "--quick"), ("ben", "")):  # one of the two also compares its read model with a rebuild
        verified = run(desk, "-C", name, "verify", *filter(None, (how,)))
        assert verified.code == 0, verified.err


@pytest.mark.parametrize("shared", [True, False])
def test_a_follower_sees_what_another_records(desk: Path, server: Server, empty_database: str, shared: bool) -> None:
    run(desk, "init", "ben", *(("--store", server.address(empty_database)) if shared else ()))
    writer = "anna" if shared else "ben"
    assert run(desk, "-C", writer, *FIRM).code == 0
    words = [sys.executable, "-m", "policytrack", "-C", "ben", "log", "--follow", "--format", "jsonl"]
    with subprocess.Popen(words, cwd=desk, stdout=subprocess.PIPE, env=environment()) as follower:
        assert follower.stdout is not None
        try:
            assert json.loads(follower.stdout.readline())["position"] == 1
            assert run(desk, "-C", writer, *FIRM[:3], "other", *FIRM[4:]).code == 0
            assert json.loads(follower.stdout.readline())["position"] == 2
            follower.send_signal(signal.SIGINT)
            assert follower.wait(20) == 130
        finally:
            follower.kill()
    refused = run(desk, "-C", "ben", "log", "--follow", "--format", "xlsx")
    assert refused.code == 2


def test_a_refused_recording_changes_nothing_and_an_id_has_one_owner(
    desk: Path, server: Server, empty_database: str
) -> None:
    run(desk, "init", "ben", "--store", server.address(empty_database))
    assert run(desk, "-C", "anna", *FIRM).code == 0
    again = run(desk, "-C", "ben", *FIRM[:5], "Other", *FIRM[6:])
    assert again.code == 3
    assert "already" in again.err
    assert "e1" in run(desk, "-C", "ben", "status").out


@pytest.mark.soak
def test_a_copy_on_the_server_has_the_head_of_the_file_and_back(demo_ledger: Path, desk: Path, tmp_path: Path) -> None:
    head = run(desk, "-C", str(demo_ledger), "status").out.split("digest")[1].split()[0]
    done = run(desk, "copy-store", str(demo_ledger), "anna")
    assert (done.code, done.out.split()[1]) == (0, head), done.err
    assert run(desk, "-C", "anna", "verify", "--cited", "e428", head).code == 0
    assert "0 new events" in run(desk, "copy-store", str(demo_ledger), "anna").err
    run(desk, "init", "back")
    assert run(desk, "copy-store", "anna", "back").out.split()[1] == head
    assert (desk / "back" / "events.db").exists()
    assert run(desk, "-C", "back", *FIRM).code == 0
    assert run(desk, "-C", "anna", *FIRM[:3], "other", *FIRM[4:]).code == 0
    refused = run(desk, "copy-store", "back", "anna")
    assert refused.code == 3
    assert "e429 in" in refused.err


@pytest.mark.soak
def test_a_published_file_and_a_backup_are_pulled_with_the_same_head(demo_ledger: Path, tmp_path: Path) -> None:
    copied(demo_ledger, tmp_path / "origin")
    head = run(tmp_path, "-C", "origin", "status").out.split("digest")[1].split()[0]
    assert (
        run(tmp_path, "-C", "origin", "export", "events", "--verbatim", "--head", "e100", "-o", "first.jsonl").code == 0
    )
    assert run(tmp_path, "-C", "origin", "export", "events", "--verbatim", "-o", "all.jsonl").code == 0
    run(tmp_path, "init", "reader")
    assert "100 new events pulled" in run(tmp_path, "-C", "reader", "pull", "first.jsonl").err
    second = run(tmp_path, "-C", "reader", "pull", "all.jsonl")
    assert (second.code, second.out.split()[1]) == (0, head)
    assert "nothing to do" in run(tmp_path, "-C", "reader", "pull", "all.jsonl").err
    older = run(tmp_path, "-C", "reader", "pull", "first.jsonl")
    assert (older.code, "ends at e100" in older.err) == (3, True)
    assert run(tmp_path, "-C", "reader", "verify", "--cited", "e428", head).code == 0
    assert run(tmp_path, "-C", "origin", "backup", "saved").code == 0
    run(tmp_path, "init", "other")
    assert run(tmp_path, "-C", "other", "pull", "saved").out.split()[1] == head
    assert run(tmp_path, "-C", "other", *FIRM).code == 0
    assert run(tmp_path, "-C", "origin", *FIRM[:3], "another", *FIRM[4:]).code == 0
    run(tmp_path, "-C", "origin", "export", "events", "--verbatim", "-o", "new.jsonl")
    differs = run(tmp_path, "-C", "other", "pull", "new.jsonl")
    assert (differs.code, "e429 in new.jsonl is not e429 in" in differs.err) == (3, True)
    (tmp_path / "broken.jsonl").write_bytes((tmp_path / "all.jsonl").read_bytes().replace(b"CN", b"CM", 1))
    run(tmp_path, "init", "third")
    assert run(tmp_path, "-C", "third", "pull", "broken.jsonl").code == 6
    assert run(tmp_path, "-C", "origin", "export", "national_capacity", "--verbatim").code == 2


@pytest.mark.soak
def test_a_backup_of_a_shared_ledger_restores_to_a_file(desk: Path) -> None:
    (desk / "cells.yaml").write_text(CELLS)
    run(desk, "-C", "anna", "import", "cells.yaml")
    saved = run(desk, "-C", "anna", "backup", "saved")
    restored = run(desk, "restore", "saved", "restored")
    assert (restored.code, restored.out) == (0, saved.out)
    assert "store" not in (desk / "restored" / "policytrack.toml").read_text()
    assert run(desk, "-C", "restored", "verify").code == 0


@pytest.mark.soak
def test_a_reader_reads_a_writer_appends_and_neither_changes(desk: Path, server: Server, empty_database: str) -> None:
    (desk / "cells.yaml").write_text(CELLS)
    run(desk, "-C", "anna", "import", "cells.yaml")
    server.execute(
        empty_database,
        "DROP ROLE IF EXISTS rita, willi, nobody_there, secured",
        "CREATE ROLE rita LOGIN IN ROLE policytrack_reader",
        "CREATE ROLE willi LOGIN IN ROLE policytrack_writer",
        "CREATE ROLE nobody_there LOGIN",
        "CREATE ROLE secured LOGIN PASSWORD 'right' IN ROLE policytrack_writer",
    )
    assert run(desk, "init", "rita", "--store", server.address(empty_database, "rita")).code == 0
    assert "2000000" in run(desk, "-C", "rita", "capacity", "--country", "SE").out
    for words in (FIRM, ("import", "more.yaml")):
        (desk / "more.yaml").write_text(CELLS.replace("kiruna", "lulea"))
        refused = run(desk, "-C", "rita", *words)
        assert (refused.code, "policytrack_writer" in refused.err) == (5, True), refused.err
    assert run(desk, "init", "willi", "--store", server.address(empty_database, "willi")).code == 0
    assert run(desk, "-C", "willi", *FIRM).code == 0
    for statement in ("DELETE FROM policytrack.dcb_events", "INSERT INTO policytrack.dcb_tags VALUES ('x', 9)"):
        with pytest.raises(Exception, match="permission denied"):
            server.execute(empty_database, statement, user="willi")
    other = run(desk, "init", "nobody", "--store", server.address(empty_database, "nobody_there"))
    assert (other.code, "policytrack_reader" in other.err) == (5, True)
    address = server.address(empty_database, "secured")
    wrong = run(desk, "init", "secured", "--store", address, PGPASSWORD="wrong")
    assert (wrong.code, "refused the login" in wrong.err, "wrong" in wrong.err) == (5, True, False)
    assert run(desk, "init", "secured", "--store", address, PGPASSWORD="right").code == 0
    assert "right" not in (desk / "secured" / "policytrack.toml").read_text()


def test_a_ledger_from_a_stranger_makes_nobody_log_in_anywhere(desk: Path, server: Server) -> None:
    copied(desk / "anna", desk / "sent")
    refused = run(desk, "-C", "sent", "status", XDG_STATE_HOME=str(desk / "state of another"))
    assert refused.code == 2
    assert "a server that you have not chosen" in refused.err
    chosen = run(desk, "-C", "sent", "--trust", "status", XDG_STATE_HOME=str(desk / "state of another"))
    again = run(desk, "-C", "sent", "status", XDG_STATE_HOME=str(desk / "state of another"))
    assert (chosen.code, again.code) == (0, 0), again.err


def test_a_change_of_the_settings_keeps_the_server_that_was_chosen(desk: Path) -> None:
    settings = desk / "anna" / "policytrack.toml"
    settings.write_text(settings.read_text() + "\n[watch.all]\n")
    assert run(desk, "-C", "anna", "watch", "all").code == 0
    settings.write_text(settings.read_text().replace("owner@", "somebody@"))
    moved = run(desk, "-C", "anna", "status")
    assert (moved.code, "a server that you have not chosen" in moved.err) == (2, True)


def test_the_address_of_the_environment_replaces_that_of_the_settings(
    desk: Path, server: Server, empty_database: str
) -> None:
    elsewhere = run(desk, "-C", "anna", "status", POLICYTRACK_STORE=server.address("nowhere"))
    assert (elsewhere.code, "nowhere" in elsewhere.err) == (4, True)


def test_trouble_with_the_server_is_told_and_nothing_is_half_made(
    desk: Path, server: Server, empty_database: str
) -> None:
    for address, code in (("postgresql://anna:x@h/d", 2), ("postgresql://anna@127.0.0.1:1/d", 5), ("ftp://h", 2)):
        refused = run(desk, "init", "new", "--store", address)
        assert refused.code == code, refused.err
        assert not (desk / "new" / "policytrack.toml").exists()
        assert "anna:x" not in refused.err
    printed = run(desk, "init", "--print-sql")
    assert "CREATE ROLE policytrack_writer" in printed.out
    assert not (desk / "policytrack.toml").exists()
