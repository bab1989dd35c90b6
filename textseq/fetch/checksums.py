"""Checksums: is this file the one that was meant?

In: a file, the size and the checksum that others published for it. Out: its sha256, or a
ValueError that says what was found and what was expected. Nothing is changed or removed here.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

ALGORITHMS = ("sha256", "sha1", "md5")


def verify(
    path: Path, *, size: int | None = None, checksum: str | None = None, name: str | None = None
) -> str:
    """The sha256 of a file; ValueError if its size or its checksum is not the one expected.

    `size` in bytes, `checksum` as "sha256:..."; `name` stands for the path in the message.
    """
    name = name or str(path)
    n_bytes = path.stat().st_size
    if size is not None and n_bytes != size:
        raise ValueError(f"{name} has {n_bytes:,} bytes; {size:,} were expected")
    algorithm, expected = split_checksum(checksum) if checksum else ("sha256", None)
    found = digests(path, {algorithm, "sha256"})
    if expected is not None and found[algorithm] != expected:
        raise ValueError(f"{name} has the {algorithm} {found[algorithm]}; expected was {expected}")
    return found["sha256"]


def split_checksum(checksum: str) -> tuple[str, str]:
    """("sha256", "ab01...") of "sha256:AB01..."; ValueError for what is no checksum."""
    algorithm, _, digest = checksum.partition(":")
    digest = digest.lower()
    if algorithm not in ALGORITHMS:
        raise ValueError(f"checksum {checksum!r} begins with none of {', '.join(ALGORITHMS)}")
    n_digits = 2 * hashlib.new(algorithm, usedforsecurity=False).digest_size
    if len(digest) != n_digits or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"checksum {checksum!r} must hold {n_digits} hexadecimal digits")
    return algorithm, digest


def digests(path: Path, algorithms: set[str]) -> dict[str, str]:
    """The digests of a file, hexadecimal, from one reading of it."""
    hashes = {name: hashlib.new(name, usedforsecurity=False) for name in algorithms}
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            for each in hashes.values():
                each.update(block)
    return {name: each.hexdigest() for name, each in hashes.items()}
