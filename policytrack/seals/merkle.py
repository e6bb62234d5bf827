"""Computes the Merkle tree over the events of a ledger (RFC 9162, section 2.1): its root, and proofs of inclusion.

The entry of an event is its digest in the chain (32 bytes, `policytrack.store.digest`), so that the tree covers the
same content as the chain, and is computed without reading the events. A leaf is ``sha256(0x00 || entry)``, an inner
node ``sha256(0x01 || left || right)``. The left child of a node over n leaves covers the largest power of two below n.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from itertools import islice
from typing import Final

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(_NODE + left + right).digest()


def root_of(entries: Iterable[bytes]) -> bytes:
    """Return the root over entries in order; for none, the hash of nothing. Memory: one hash for each level."""
    complete: list[tuple[int, bytes]] = []  # (leaves, hash) of complete subtrees, from left to right, smaller each time
    for entry in entries:
        size, top = 1, leaf_hash(entry)
        while complete and complete[-1][0] == size:
            size, top = 2 * size, node_hash(complete.pop()[1], top)
        complete.append((size, top))
    if not complete:
        return sha256().digest()
    top = complete.pop()[1]
    while complete:
        top = node_hash(complete.pop()[1], top)
    return top


def proof_of(index: int, size: int, entries: Iterable[bytes]) -> tuple[list[bytes], bytes]:
    """Return the inclusion path of the entry at `index` (from 0) in the tree over the first `size` entries, and the
    root.

    The path is in the order of RFC 9162: from the leaf to the root. The entries are read once, in order.
    """
    ranges = _siblings(index, size)
    one, stream = (index, index + 1), iter(entries)
    hashes = {part: root_of(islice(stream, part[1] - part[0])) for part in sorted([one, *ranges])}
    path = [hashes[part] for part in ranges]
    return path, root_from(index, size, hashes[one], path)


def _siblings(index: int, size: int) -> list[tuple[int, int]]:
    """Return the ranges of leaves below each sibling on the way from a leaf to the root."""
    ranges, low, high = [], 0, size
    while high - low > 1:
        middle = low + (1 << ((high - low - 1).bit_length() - 1))
        ranges.append((middle, high) if index < middle else (low, middle))
        low, high = (low, middle) if index < middle else (middle, high)
    return ranges[::-1]


def root_from(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """Return the root that a leaf and its path give, by the algorithm of RFC 9162, section 2.1.3.2.

    Raises `ValueError` if the path has another length than that of the leaf at `index` in a tree of `size` leaves.
    """
    if not 0 <= index < size:
        raise ValueError("the position is not in the tree")
    number, last, top = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise ValueError("the path is too long")
        if number & 1 or number == last:
            top = node_hash(sibling, top)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            top = node_hash(top, sibling)
        number, last = number >> 1, last >> 1
    if last:
        raise ValueError("the path is too short")
    return top
