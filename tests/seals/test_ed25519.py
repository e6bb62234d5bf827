"""Signatures: the vectors of RFC 8032, and the same verdict as a library on valid and changed ones."""

from __future__ import annotations

import random

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from policytrack.seals.ed25519 import is_valid

VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("public", "message", "signature"), VECTORS)
def test_the_vectors_of_the_standard_are_valid(public: str, message: str, signature: str) -> None:
    assert is_valid(bytes.fromhex(signature), bytes.fromhex(message), bytes.fromhex(public))
    assert not is_valid(bytes.fromhex(signature), bytes.fromhex(message) + b"x", bytes.fromhex(public))
    assert not is_valid(bytes.fromhex(signature)[:-1], bytes.fromhex(message), bytes.fromhex(public))


def by_library(signature: bytes, message: bytes, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@pytest.mark.parametrize("rounds", [25, pytest.param(2_000, marks=pytest.mark.soak)])
def test_the_verdict_is_that_of_the_library(rounds: int) -> None:
    draw = random.Random(rounds)
    for _ in range(rounds):
        key = Ed25519PrivateKey.from_private_bytes(draw.randbytes(32))
        public, message = key.public_key().public_bytes_raw(), draw.randbytes(draw.randrange(100))
        signature = key.sign(message)
        assert is_valid(signature, message, public)
        for _ in range(3):
            parts = [bytearray(signature), bytearray(message), bytearray(public)]
            part = draw.choice([part for part in parts if part])
            part[draw.randrange(len(part))] ^= 1 << draw.randrange(8)
            changed = [bytes(part) for part in parts]
            assert is_valid(*changed) is by_library(*changed) is False


def test_a_signature_with_the_order_added_is_refused() -> None:
    order = 2**252 + 27742317777372353535851937790883648493
    public, message, signature = (bytes.fromhex(part) for part in VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + order
    assert not is_valid(signature[:32] + scalar.to_bytes(32, "little"), message, public)
