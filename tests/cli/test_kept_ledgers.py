"""Making a ledger after a kill, a store that was rolled back, and heads that were cited."""

from __future__ import annotations

import os
import shutil
import sqlite3
import zlib
from pathlib import Path

import pytest

from policytrack.store.digest import FIRST_DIGEST, next_digest
from tests.cli.conftest import Run, head_of, policytrack
from tests.copies import copied
from tests.thinning import one_in

REGISTER = ("record", "firm-registered", "--firm-id")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of two events, caught up, to be copied."""
    folder = tmp_path_factory.mktemp("two")
    assert policytrack(folder, "init", "L").code == 0
    for name in ("a", "b"):
        assert policytrack(folder / "L", *REGISTER, name, "--name", f"Honest {name}").code == 0
    assert policytrack(folder / "L", "capacity").code == 0
    return folder / "L"


@pytest.fixture
def two(made: Path, tmp_path: Path) -> Path:
    """A ledger of two events, caught up."""
    return copied(made, tmp_path / "L")


def cited(ledger: Path) -> tuple[str, str]:
    """The head that a footer cites in full."""
    run = policytrack(ledger, "capacity", "--cite")
    assert run.code == 0
    words = run.err.split("head ")[1].split(")")[0].split(" (")
    return words[0], words[1]


@pytest.mark.parametrize("left", one_in(3, ["no settings", "empty settings", "no store"]))
def test_init_completes_what_a_killed_init_left_and_keeps_its_events(two: Path, left: str) -> None:
    settings = two / "policytrack.toml"
    settings.unlink() if left == "no settings" else settings.write_bytes(b"")
    if left == "no store":
        for name in ("events.db", "ledger.head"):
            (two / name).unlink()
        shutil.rmtree(two / "readmodel")
    made = policytrack(two.parent, "init", "L")
    assert made.code == 0, made.err
    assert policytrack(two, "status").code == 0
    assert head_of(two) == (0 if left == "no store" else 2)
    assert policytrack(two.parent, "init", "L").code == 2


@pytest.mark.soak
def test_a_demo_that_was_killed_while_it_was_imported_is_completed_and_a_used_ledger_is_not(tmp_path: Path) -> None:
    assert policytrack(tmp_path, "init", "L").code == 0
    completed = policytrack(tmp_path, "init", "L", "--demo")
    assert (completed.code, head_of(tmp_path / "L") > 400) == (0, True), completed.err
    refused = policytrack(tmp_path, "init", "L", "--demo")
    assert refused.code == 2
    assert "is already a ledger" in refused.err


def test_init_refuses_a_folder_whose_store_is_none(tmp_path: Path) -> None:
    (tmp_path / "L").mkdir()
    (tmp_path / "L" / "events.db").write_bytes(b"something else" * 1000)
    run = policytrack(tmp_path, "init", "L")
    assert run.code == 6
    assert not (tmp_path / "L" / "policytrack.toml").exists()


@pytest.mark.soak
def test_an_older_store_put_back_with_its_head_is_noticed_by_every_command(two: Path, tmp_path: Path) -> None:
    old = tmp_path / "old"
    copied(two, old)
    assert policytrack(two, *REGISTER, "c", "--name", "C").code == 0
    for name in ("events.db", "ledger.head"):
        shutil.copy(old / name, two / name)
    for command in (("capacity",), ("log",), ("verify",), (*REGISTER, "d", "--name", "D")):
        run = policytrack(two, *command)
        assert run.code == 6, command
        assert "the event store ends at e2, but the read model was built from events up to e3" in run.err
    assert head_of(two) == 2
    assert "warning: the event store ends at e2" in policytrack(two, "status").err
    assert policytrack(two, "rebuild").code == 0
    assert policytrack(two, "capacity").code == 0


def rewrite(ledger: Path) -> None:
    """Forge the past and compute every digest again, as a user who can write the file can."""
    with sqlite3.connect(ledger / "events.db") as store:
        triggers = store.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            store.execute(f"DROP TRIGGER {name}")
        digest, position = FIRST_DIGEST, 0
        rows = store.execute("SELECT position, type, CAST(data AS BLOB), tags, recorded_at FROM dcb_events ORDER BY 1")
        for position, type_, data, tags, instant in rows.fetchall():
            forged = data.replace(b"Honest", b"Forged")
            digest = next_digest(digest, position, type_, forged, tags, instant)
            store.execute(
                "UPDATE dcb_events SET data = ?, digest = ? WHERE position = ?", (forged.decode(), digest, position)
            )
        for _, sql in triggers:
            store.execute(sql)
    line = f"e{position} sha256:{digest.hex()}".encode()
    place = (b"%b crc32:%08x" % (line, zlib.crc32(line))).ljust(4095) + b"\n"
    (ledger / "ledger.head").write_bytes(place * 2)


def test_a_cited_head_proves_the_past_and_a_rewritten_one_fails(two: Path) -> None:
    head = cited(two)
    assert policytrack(two, *REGISTER, "c", "--name", "C").code == 0
    run = policytrack(two, "verify", "--quick", "--cited", *head)
    assert run.code == 0, run.err
    assert f"cited: {head[0]} {head[1]} is in the chain" in run.err
    assert policytrack(two, "verify", "--quick", "--against", f"as of today, head {head[0]} ({head[1][:19]})").code == 0
    rewrite(two)
    shutil.rmtree(two / "readmodel")
    (two / "readmodel").mkdir()
    assert policytrack(two, "verify").code == 0  # whole in itself: that is all that a store alone can prove
    forged = policytrack(two, "verify", "--cited", *head)
    assert forged.code == 6
    assert "was cited, but the event store has sha256:" in forged.err


def test_a_rewritten_past_is_noticed_by_the_read_model_that_was_built_before(two: Path) -> None:
    rewrite(two)
    run = policytrack(two, "capacity")
    assert run.code == 6
    assert "e2 in the event store is not the event from which the read model was built" in run.err


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (("--cited", "e99", "sha256:" + "0" * 64), 6),
        (("--cited", "e1", "sha256:" + "0" * 64), 6),
        (("--cited", "e1", "sha256:short"), 2),
        (("--against", "no head at all"), 2),
        (("--against", "e1 sha256:" + "0" * 11), 2),
    ],
)
def test_a_head_that_is_not_in_the_chain_or_is_none(two: Path, given: tuple[str, ...], code: int) -> None:
    run: Run = policytrack(two, "verify", "--quick", *given)
    assert run.code == code, run.err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_ledger_of_another_user_is_not_found_by_walking_up(two: Path) -> None:
    inside = two / "projections"
    for given in (two, two / "policytrack.toml"):
        os.chown(given, 12345, 12345)
        run = policytrack(inside, "status")
        assert run.code == 2
        assert f"the ledger {two} above {inside} belongs to another user (uid 12345)" in run.err
        assert f"-C {two}" in run.err
        assert policytrack(inside, "-C", str(two), "status").code == 0
        assert policytrack(inside, "status", SUDO_UID="12345").code == 0
        assert policytrack(inside, "status", SUDO_UID="54321").code == 2
        os.chown(given, 0, 0)
    assert policytrack(inside, "status").code == 0
