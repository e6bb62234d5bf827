"""`seal`, `prove`, `verify-proof` and `verify --seal` at the command line."""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import environment, policytrack


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a ledger of one sealed event, L, and its key."""
    folder = tmp_path_factory.mktemp("sealed")
    assert policytrack(folder, "init", "L").code == 0
    assert policytrack(folder / "L", "record", "firm-registered", "--firm-id", "a", "--name", "A", "--yes").code == 0
    assert policytrack(folder, "seal", "--new-key", "key", "--name", "inst.example").code == 0
    done = policytrack(folder / "L", "seal", "--key", "../key")
    assert (done.code, done.out) == (0, "seals/e1.seal\n"), done.err
    return folder


@pytest.fixture
def folder(sealed: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sealed, tmp_path / "sealed")


def test_an_event_is_proved_to_a_reader_without_the_ledger(folder: Path) -> None:
    assert policytrack(folder / "L", "prove", "e1", "-o", "../proof.json").code == 0
    shutil.rmtree(folder / "L")
    checked = policytrack(folder, "verify-proof", "proof.json", "--key", "key.pub")
    assert (checked.code, json.loads(checked.out)["firm_id"]) == (0, "a")
    assert "sealed by inst.example+" in checked.err
    line = (folder / "key.pub").read_text(encoding="utf-8").strip()
    assert policytrack(folder, "verify-proof", "proof.json", "--key", line).code == 0
    proof = (folder / "proof.json").read_text(encoding="utf-8")
    (folder / "proof.json").write_text(proof.replace('\\"A\\"', '\\"B\\"'), encoding="utf-8")
    refused = policytrack(folder, "verify-proof", "proof.json", "--key", "key.pub")
    assert (refused.code, refused.out) == (6, "")


def test_verify_checks_signature_and_chain_of_a_seal(folder: Path) -> None:
    ledger, words = folder / "L", ("verify", "--quick", "--seal", "seals/e1.seal")
    checked = policytrack(ledger, *words, "--key", "../key.pub")
    assert checked.code == 0
    assert "signature: seals/e1.seal is signed by inst.example+" in checked.err
    assert "is in the chain" in checked.err
    unchecked = policytrack(ledger, *words)
    assert unchecked.code == 0
    assert "warning: the signature of seals/e1.seal was not checked" in unchecked.err
    assert policytrack(folder, "seal", "--new-key", "other").code == 0
    assert policytrack(ledger, *words, "--key", "../other.pub").code == 6
    assert policytrack(ledger, "verify", "--key", "../key.pub").code == 2


def test_a_seal_shows_that_an_older_event_store_was_put_back(folder: Path) -> None:
    ledger = folder / "L"
    shutil.rmtree(ledger / "readmodel")
    older = {name: (ledger / name).read_bytes() for name in ("events.db", "ledger.head")}
    assert policytrack(ledger, "record", "firm-registered", "--firm-id", "b", "--name", "B", "--yes").code == 0
    assert policytrack(ledger, "seal", "--key", "../key").out == "seals/e2.seal\n"
    shutil.rmtree(ledger / "readmodel")
    for name, content in older.items():
        (ledger / name).write_bytes(content)
    for command in (
        ("capacity",),
        ("record", "firm-registered", "--firm-id", "c", "--name", "C", "--yes"),
        ("backup", "../B"),
    ):
        refused = policytrack(ledger, *command)
        assert refused.code == 6, command
        assert "e2.seal, is not in the event store, which ends at e1: an older event store was restored" in refused.err
    doctor = policytrack(ledger, "doctor", "--format", "tsv")
    assert doctor.code == 6
    assert "seals\ttrouble\te2 sha256:" in doctor.out
    (ledger / "seals" / "e2.seal").rename(folder / "e2.seal")
    assert policytrack(ledger, "capacity").code == 0
    assert policytrack(ledger, "verify", "--quick", "--seal", "../e2.seal").code == 6


def test_a_key_is_private_and_never_replaced(folder: Path) -> None:
    assert stat.S_IMODE((folder / "key").stat().st_mode) == 0o600
    assert policytrack(folder, "seal", "--new-key", "key").code == 3
    (folder / "key").chmod(0o644)
    assert "warning: other users may read the key" in policytrack(folder, "-C", "L", "seal", "--key", "key").err
    assert policytrack(folder, "seal", "--new-key", "k2", "--name", "a b").code == 2
    assert policytrack(folder, "-C", "L", "seal", "--key", "key.pub").code == 3
    assert policytrack(folder, "-C", "L", "seal", "--key", "none").code == 4
    assert policytrack(folder, "-C", "L", "seal").code == 2


def test_a_key_with_a_passphrase_signs_only_with_it(folder: Path) -> None:
    (folder / "pass").write_text("correct horse\n", encoding="utf-8")
    (folder / "wrong").write_text("battery\n", encoding="utf-8")
    assert policytrack(folder, "seal", "--new-key", "k2", "--passphrase-file", "pass").code == 0
    assert "ENCRYPTED PRIVATE KEY" in (folder / "k2").read_text(encoding="utf-8")
    sign = ("-C", "L", "seal", "--key", "k2")
    assert policytrack(folder, *sign).code == 2
    assert policytrack(folder, *sign, "--passphrase-file", "wrong").code == 3
    assert policytrack(folder, *sign, "--passphrase-file", "pass").out == "seals/e1-2.seal\n"


def test_without_the_extra_signing_says_how_to_install_it_and_all_else_works(folder: Path) -> None:
    program = "import sys; sys.modules['cryptography'] = None; from policytrack.cli.main import main; main()"

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", program, *words]
        return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(), check=False)

    refused = run("-C", "L", "seal", "--key", "key")
    assert refused.returncode == 7
    assert "pip install 'policytrack[seal]'" in refused.stderr
    assert run("-C", "L", "prove", "e1", "-o", "proof.json").returncode == 0
    assert run("verify-proof", "proof.json", "--key", "key.pub").returncode == 0


def test_an_empty_or_damaged_ledger_is_not_sealed(folder: Path) -> None:
    import sqlite3

    assert policytrack(folder, "init", "E").code == 0
    assert policytrack(folder / "E", "seal", "--key", "../key").code == 4
    assert policytrack(folder / "E", "prove", "e1").code == 4
    with sqlite3.connect(folder / "L" / "events.db") as connection:
        connection.execute("DROP TRIGGER dcb_events_no_update")
        connection.execute("UPDATE dcb_events SET data = replace(data, 'A', 'B')")
    connection.close()
    shutil.rmtree(folder / "L" / "seals")
    assert policytrack(folder / "L", "seal", "--key", "../key").code == 6
    assert not (folder / "L" / "seals").exists()


def test_a_seal_by_a_clock_behind_the_last_event_warns(folder: Path) -> None:
    program = (
        "import sys, time; from policytrack.cli.main import main; real = time.time_ns\n"
        "time.time_ns = lambda: real() - 3 * 86_400 * 10**9; main()"
    )
    command = [sys.executable, "-c", program, "-C", "L", "seal", "--key", "key"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 0, done.stderr
    assert "warning: this computer's clock is 2 days behind the last recorded event" in done.stderr


def test_a_request_is_written_for_the_newest_seal(folder: Path) -> None:
    assert policytrack(folder, "-C", "L", "seal", "--request", "q.tsq").code == 0
    assert (folder / "q.tsq").read_bytes()[:2] == b"\x30\x39"
    (folder / "a.tsr").write_bytes(b"no answer")
    assert policytrack(folder, "-C", "L", "seal", "--timestamp", "a.tsr").code == 3
    assert [path.name for path in (folder / "L" / "seals").iterdir()] == ["e1.seal"]
