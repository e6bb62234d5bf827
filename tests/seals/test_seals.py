"""Seals, timestamps and proofs: the vectors of docs/seals.md, and every change is found."""

from __future__ import annotations

import base64
import json
import random
import re
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from policytrack.errors import IntegrityTrouble, MalformedInput, NotFound, PolicytrackError
from policytrack.ledger import Ledger
from policytrack.seals.in_ledger import check_in_chain, newest_seal, store_seal, store_timestamp
from policytrack.seals.merkle import leaf_hash
from policytrack.seals.proof import check_proof, prove
from policytrack.seals.public_key import parse_key
from policytrack.seals.seal import parse_seal
from policytrack.seals.timestamp import check_timestamp, read_timestamp, request_for
from policytrack.store.sqlite.reading import digests, head
from tests.seals.support import append, key, of_events, sealed

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "seals.md").read_text(encoding="utf-8")
REQUEST = "30390201013031300d0609608648016503040201050004203ff1629bb49311bdfe926e17fac2052bc80743024756c72e1d1e09b7b3455de90101ff"
"""The request for the seal of the page, as `openssl ts -query` reads it."""
ANSWER = (
    "MIIDTDADAgEAMIIDQwYJKoZIhvcNAQcCoIIDNDCCAzACAQMxDzANBglghkgBZQMEAgEFADBoBgsqhkiG9w0BCRABBKBZBFcwVQIB"
    "AQYEKgMEATAxMA0GCWCGSAFlAwQCAQUABCA/8WKbtJMRvf6Sbhf6wgUryAdDAkdWxy4dHgm3s0Vd6QIBAhgPMjAyNjExMjcyMDQx"
    "MTRaMAMCAQGgggFwMIIBbDCCAR6gAwIBAgIUMnfDEc4MrgPUSyJXiV6XRxvOTw4wBQYDK2VwMA0xCzAJBgNVBAMMAmNhMCAXDTI2"
    "MTEyNzIwNDExNFoYDzIxMjYxMTAzMjA0MTE0WjASMRAwDgYDVQQDDAdleGFtcGxlMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
    "tk+Ypz21EjoGIrB6i3wAGyrMJ/KA3CtZbd/70MhQnzSVH7ZNeEtYPigIM7xBl3wyq2DaBHjRiCW8MvZZlLWnJaNaMFgwFgYDVR0l"
    "AQH/BAwwCgYIKwYBBQUHAwgwHQYDVR0OBBYEFI2KyQFxUtzszJ2eWU2BfQTst+NDMB8GA1UdIwQYMBaAFHSBpO/AchLadYXQoKNp"
    "S7qts9OtMAUGAytlcANBAE7mYYOXOe9WeUCvJocWl0BECz21wFQRXYIwqBBZHilzmZ446l4yQjYVE+y5Xmid+N2NmCXQMmZlLVpN"
    "U/J3LQcxggE6MIIBNgIBATAlMA0xCzAJBgNVBAMMAmNhAhQyd8MRzgyuA9RLIleJXpdHG85PDjANBglghkgBZQMEAgEFAKCBpDAa"
    "BgkqhkiG9w0BCQMxDQYLKoZIhvcNAQkQAQQwHAYJKoZIhvcNAQkFMQ8XDTI2MTEyNzIwNDExNFowLwYJKoZIhvcNAQkEMSIEIKMv"
    "pLmEno17LmPGEQPh3tF21xL27sjCkqBhnfYF6U/gMDcGCyqGSIb3DQEJEAIvMSgwJjAkMCIEIMH3nGO3kgECOuPtkZ4Np3o7weZ5"
    "VaQ5h5ZD+TRgu0OyMAoGCCqGSM49BAMCBEgwRgIhAK4rWw9UFMrq8qCbsT6g33o7uKcZGgD4PwV2ML/tUzD1AiEA2mnfLNw/zToF"
    "ymuI5JWz19cZUo1ECLTBs+zexr/Clk8="
)
"""The answer of `openssl ts -reply` to it, at 2026-11-27 20:41:14 UTC."""


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return of_events(tmp_path_factory.mktemp("three") / "L", 3)


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    return of_events(tmp_path_factory.mktemp("many") / "L", 23)


def test_the_page_shows_the_vectors_as_they_are_computed(three: Ledger) -> None:
    seal = sealed(three)
    assert f"```text\n{seal.text}```" in PAGE
    assert f"```text\n{key().public}\n```" in PAGE
    assert seal.root.hex() in PAGE
    for number, entry in enumerate(digests(three.store.path, 3), 1):
        assert f"| e{number} | `{entry.hex()}` | `{leaf_hash(entry).hex()}` |" in PAGE


def test_a_seal_is_read_as_it_is_written_and_is_in_the_chain(many: Ledger) -> None:
    seal = sealed(many)
    assert parse_seal(seal.text) == seal
    assert seal.head == str(head(many.store.path))
    seal.check_signed_by(parse_key(str(key().public)))
    check_in_chain(many.store, seal)
    with pytest.raises(IntegrityTrouble, match=r"is not signed by other\+"):
        seal.check_signed_by(key(name="other").public)
    with pytest.raises(IntegrityTrouble, match="not signed by"):
        seal.check_signed_by(key(bytes(32)).public)


def test_a_seal_is_in_the_chain_of_the_longer_ledger_and_of_no_other(many: Ledger, tmp_path: Path) -> None:
    seal = sealed(many)
    longer = Ledger(shutil.copytree(many.root, tmp_path / "longer"))
    append(longer, 24, 30)
    check_in_chain(longer.store, seal)
    with pytest.raises(IntegrityTrouble, match="which ends at e3: an older event store was restored"):
        check_in_chain(of_events(tmp_path / "shorter", 3).store, seal)
    other = Ledger.create(tmp_path / "other")
    append(other, 2, 25)
    with pytest.raises(IntegrityTrouble, match=r"which has sha256:.* there"):
        check_in_chain(other.store, seal)


@pytest.mark.parametrize("rounds", [150, pytest.param(20_000, marks=pytest.mark.soak)])
def test_no_changed_seal_or_proof_is_valid(many: Ledger, rounds: int) -> None:
    draw, public = random.Random(rounds), key().public
    seal = sealed(many)
    proof = prove(many.store, 14, seal)
    assert check_proof(proof.encode(), public).data == b'{"n":14}'
    for _ in range(rounds):
        text = draw.choice([seal.text, proof])
        changed = bytearray(text.encode())
        at = draw.randrange(len(changed))
        changed[at : at + draw.choice([0, 1, 1])] = draw.choice(
            [b"", b"0", b"z", b" ", bytes([changed[at] ^ 1 << draw.randrange(8)])]
        )
        if bytes(changed) == text.encode():
            continue
        try:
            if text is proof:
                proven = check_proof(bytes(changed), public)
                # White space between the parts of a JSON object means nothing, and hex may have capitals.
                assert (proven.position, proven.type, proven.data, proven.seal) == (14, "example", b'{"n":14}', seal)
                assert re.sub(r"\s", "", changed.decode()).lower() == re.sub(r"\s", "", text).lower()
            else:
                parse_seal(changed.decode()).check_signed_by(public)
                raise AssertionError(changed)
        except (PolicytrackError, UnicodeDecodeError):
            pass


def test_each_event_can_be_proved_and_only_as_what_it_is(many: Ledger) -> None:
    seal, public = sealed(many), key().public
    for position in (1, 2, 16, 17, 23):
        proof = json.loads(prove(many.store, position, seal))
        assert check_proof(json.dumps(proof).encode(), public).position == position
        assert f'"n":{position % 23 + 1}' not in proof["event"]["data"]
        for name, value in (
            ("position", position % 23 + 1),
            ("recorded_at", 0),
            ("type", "other"),
            ("tags", "[]"),
            ("data", "{}"),
        ):
            changed = {**proof, "event": {**proof["event"], name: value}}
            with pytest.raises(PolicytrackError):
                check_proof(json.dumps(changed).encode(), public)
    for position in (0, 24):
        with pytest.raises(NotFound):
            prove(many.store, position, seal)


def test_a_proof_with_the_seal_of_another_key_is_refused(many: Ledger) -> None:
    proof = prove(many.store, 14, sealed(many, key(bytes(32), "example")))
    with pytest.raises(IntegrityTrouble, match="not signed by"):
        check_proof(proof.encode(), key().public)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"[" * 100_000, b"\xff", b'{"format":"policytrack-proof/1"}']
)
def test_what_is_no_proof_is_refused(content: bytes) -> None:
    with pytest.raises(MalformedInput, match="is not a proof"):
        check_proof(content, key().public)


def test_a_data_of_any_bytes_can_be_proved(tmp_path: Path) -> None:
    from eventsourcing.dcb.api import DCBEvent

    from tests.backups.support import append as append_events

    ledger = Ledger.create(tmp_path / "L")
    append_events(ledger, [DCBEvent("a", data, ["é"]) for data in (b"\xff\x00", b"\x00", "é".encode(), b"")])
    for position, data in enumerate((b"\xff\x00", b"\x00", "é".encode(), b""), 1):
        assert check_proof(prove(ledger.store, position, sealed(ledger)).encode(), key().public).data == data


def test_a_timestamp_belongs_to_the_seal_whose_file_it_was_asked_for(three: Ledger, many: Ledger) -> None:
    seal, answer = sealed(three).text, base64.b64decode("".join(ANSWER))
    assert request_for(seal).hex() == REQUEST
    timestamp = check_timestamp(answer, seal)
    assert (str(timestamp), timestamp.policy) == ("2026-11-27 20:41:14Z", "1.2.3.4.1")
    with pytest.raises(IntegrityTrouble, match="for other content"):
        check_timestamp(answer, sealed(many).text)
    refused = bytes.fromhex("30053003020102")
    with pytest.raises(MalformedInput, match=r"the authority refused it \(status 2\)"):
        read_timestamp(refused)


def test_no_cut_or_changed_answer_ends_in_another_error() -> None:
    answer, draw = base64.b64decode("".join(ANSWER)), random.Random(1)
    for _ in range(300):
        changed = bytearray(answer[: draw.choice([len(answer), draw.randrange(len(answer))])])
        if changed:
            changed[draw.randrange(min(len(changed), 200))] = draw.randrange(256)
        with suppress(MalformedInput, IntegrityTrouble):
            read_timestamp(bytes(changed))


def test_seals_are_never_replaced_and_the_newest_is_found(tmp_path: Path) -> None:
    ledger = of_events(tmp_path / "L", 9)
    assert newest_seal(ledger.root) is None
    ledger.store.path.chmod(0o600)
    first = store_seal(ledger.root, sealed(ledger), ledger.store.permissions())
    assert first.stat().st_mode & 0o777 == store_timestamp(first, b"answer").stat().st_mode & 0o777 == 0o600
    second = store_seal(ledger.root, sealed(ledger, key(bytes(32))), ledger.store.permissions())
    assert (first.name, second.name, newest_seal(ledger.root)) == ("e9.seal", "e9-2.seal", second)
    append(ledger, 10, 10)
    third = store_seal(ledger.root, sealed(ledger), ledger.store.permissions())
    (third.parent / "notes.txt").touch()
    assert newest_seal(ledger.root) == third
    assert sorted(path.name for path in third.parent.iterdir()) == [
        "e10.seal",
        "e9-2.seal",
        "e9.seal",
        "e9.tsr",
        "notes.txt",
    ]


@pytest.mark.parametrize(
    "text", ["", "a+b", "a+00000000+" + "A" * 44, "example+f7765d8c+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1EA"]
)
def test_what_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(MalformedInput, match="is not a public key"):
        parse_key(text)
