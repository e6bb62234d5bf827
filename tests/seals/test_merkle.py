"""The Merkle tree: the vectors of Certificate Transparency, and every path of every small tree."""

from __future__ import annotations

import random
from contextlib import suppress
from hashlib import sha256

import pytest

from policytrack.seals.merkle import leaf_hash, node_hash, proof_of, root_from, root_of

LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""Roots over the first 0 to 8 leaves, from the tests of Certificate Transparency."""


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_leaves_and_nodes_are_hashed_in_separate_domains() -> None:
    assert leaf_hash(b"ab") == sha256(b"\0ab").digest() != node_hash(b"a", b"b") == sha256(b"\1ab").digest()


def by_definition(entries: list[bytes]) -> bytes:
    """The root by the recursive definition of RFC 9162, section 2.1.1."""
    if len(entries) == 1:
        return leaf_hash(entries[0])
    split = 1
    while 2 * split < len(entries):
        split *= 2
    return node_hash(by_definition(entries[:split]), by_definition(entries[split:]))


def test_every_path_of_every_small_tree_leads_to_the_root_and_no_other_does() -> None:
    draw = random.Random(1)
    for size in range(1, 40):
        entries = [bytes([n]) for n in range(size)]
        for index in range(size):
            path, root = proof_of(index, size, entries)
            assert root == by_definition(entries) == root_of(entries)
            assert root_from(index, size, leaf_hash(entries[index]), path) == root
            other = draw.randrange(size + 3)
            if other != index:
                with suppress(ValueError):
                    assert root_from(other, size, leaf_hash(entries[index]), path) != root
            for changed in (path[:-1], [*path, bytes(32)]):
                if changed != path:
                    with pytest.raises(ValueError, match="the path is too"):
                        root_from(index, size, leaf_hash(entries[index]), changed)


def test_the_tree_over_many_leaves_needs_one_hash_for_each_level() -> None:
    import tracemalloc

    tracemalloc.start()
    root_of(n.to_bytes(4, "big") for n in range(20_000))
    proof_of(7_777, 20_000, (n.to_bytes(4, "big") for n in range(20_000)))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 50_000
