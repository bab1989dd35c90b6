"""Mutations: what may have become of a file on its way, by accident or on purpose.

In: the name and the bytes of a valid file, and a generator of random numbers. Out: other bytes.
Formats whose headers make promises (JSON, .npy, safetensors, numbers in text) are also taken apart
and put together with a lie in them; all files have bits flipped, ends cut off and parts exchanged.
"""

from __future__ import annotations

import json
import random
import re
import struct
from collections.abc import Callable
from typing import Any

_NUMBERS: tuple[Any, ...] = (
    0, 1, 2, -1, -2, 3, 7, 100, 65_537, 2**31 - 1, 2**31, -(2**31), 2**32, 2**33, 10**10, 10**12,
    2**53, 2**62, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30, 10**400, 0.0, 0.5, -0.5, 1.5, 1e-300,
    1e300, float("nan"), float("inf"), float("-inf"),
)  # fmt: skip
_TEXTS = (  # not "korean": the model of that analyser alone takes more room than an input gets
    "", "x", "-1", "0", "../../etc/passwd", "/etc/passwd", "config.json", "tokenizer.json", ".",
    "..", "a\x00b", "\ud800", "é" * 40, "word", "char", "bpe", "json", "wordpiece", "lstm", "<unk>",
    "one-hot", "last", "9" * 5000, "z" * 70_000,
)  # fmt: skip
_INTS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**40, 2**62,
         2**63 - 1, 2**63, 2**64 - 1)  # fmt: skip
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_DTYPES = (
    "|O", "<i4", "<i8", "<f4", "<f8", "|u1", "|b1", "<U100", "|S9", ">i4", ">f4", "<M8[s]", "|V8",
    "<c16", "<f2", "|i0", "<U2147483647", "|S0", "|V0", "x", "",
)  # fmt: skip


def mutate(name: str, data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """The file with one to three things wrong; `others` are files to take parts from."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        data = _once(name, data, rng, others)
    return data


def _once(name: str, data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    aware = _AWARE.get(name.rpartition(".")[2])
    if aware is None and b"\0" not in data[:1000]:
        aware = _text
    if aware is not None and rng.random() < 0.65:
        try:
            return aware(data, rng)
        except (ValueError, LookupError, struct.error, TypeError, RecursionError):
            pass  # it was mutated before and is no such file any more
    return rng.choice(_BYTES)(data, rng, others)


# --- bytes


def _flip(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if out:
            out[_place(out, rng)] ^= 1 << rng.randrange(8)
    return bytes(out)


def _cut(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _cut_head(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    return data[rng.randrange(len(data) + 1) :]


def _longer(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    return data + (rng.randbytes(rng.randrange(1, 64)) if rng.random() < 0.5 else data)


def _splice(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    other = rng.choice(others) if others else data
    start, stop = _span(other, rng)
    first, last = _span(data, rng)
    return data[:first] + other[start:stop] + data[last:]


def _repeat(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    start, stop = _span(data, rng)
    return data[:stop] + data[start:stop] * rng.choice((1, 2, 20)) + data[stop:]


def _remove(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    start, stop = _span(data, rng)
    return data[:start] + data[stop:]


def _noise(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    place = _place(data, rng)
    return data[:place] + rng.randbytes(rng.randrange(1, 9)) + data[place + rng.randrange(9) :]


def _integer(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """A number of 1 to 8 bytes that a header may trip over."""
    width, order = rng.choice((1, 2, 4, 8)), rng.choice(("little", "big"))
    number = (rng.choice(_INTS) + rng.choice((0, 0, 1, -1))) % (1 << 8 * width)
    place = _place(data, rng)
    return data[:place] + number.to_bytes(width, order) + data[place + width :]


def _other(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    return rng.choice(others) if others else data


def _place(data: bytes | bytearray, rng: random.Random) -> int:
    """Anywhere, but half of the time where headers are."""
    n = len(data)
    return rng.randrange(min(n, 96) if rng.random() < 0.5 else n) if n else 0


def _span(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 4, 16, 100, 1000)))


_BYTES: tuple[Callable[[bytes, random.Random, list[bytes]], bytes], ...] = (
    _flip, _flip, _flip, _cut, _cut, _cut_head, _longer, _splice, _repeat, _remove, _noise,
    _integer, _integer, _other,
)  # fmt: skip


# --- text


def _text(data: bytes, rng: random.Random) -> bytes:
    numbers = list(_NUMBER.finditer(data))
    if numbers and rng.random() < 0.5:
        match = rng.choice(numbers[:4] if rng.random() < 0.5 else numbers)
        number = str(rng.choice(_NUMBERS)).encode()
        return data[: match.start()] + number + data[match.end() :]
    lines = data.split(b"\n")
    line = rng.randrange(len(lines))
    what = rng.randrange(7)
    if what == 0:
        del lines[line]
    elif what == 1:
        lines.insert(line, rng.choice(lines))
    elif what == 2:
        lines[line] = rng.choice(_TEXTS).encode("utf-8", "surrogatepass")
    elif what == 3:
        lines[line] += rng.choice((b"\t", b" ", b",", b'"', b"\r", b"\0", b"\xff", b"\\", b" x"))
    elif what == 4:
        lines[line] = lines[line][::-1]
    elif what == 5:
        lines[line:line] = [b""] * rng.choice((1, 3, 100))
    else:
        lines[line] = lines[line] * rng.choice((2, 50))
    return b"\n".join(lines)


# --- JSON


def _json(data: bytes, rng: random.Random) -> bytes:
    if rng.random() < 0.05:
        return _deep(rng)
    value = json.loads(data)
    changed = json.dumps(_changed(value, rng), ensure_ascii=rng.random() < 0.5)
    return changed.encode("utf-8", "surrogatepass")


def _json_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    number = rng.randrange(len(lines))
    lines[number] = _json(lines[number], rng)
    return b"\n".join(lines)


def _deep(rng: random.Random) -> bytes:
    n = rng.choice((50, 500, 5_000, 100_000))
    start, end = rng.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"[1,", b"]")))
    return start * n + b"1" + (end * n if rng.random() < 0.7 else b"")


def _changed(value: Any, rng: random.Random) -> Any:
    """The value with one thing in it changed, at any depth."""
    places: list[tuple[Any, Any]] = []
    stack = [value] if isinstance(value, dict | list) else []
    while stack:
        here = stack.pop()
        items = here.items() if isinstance(here, dict) else enumerate(here)
        for key, inner in items:
            places.append((here, key))
            if isinstance(inner, dict | list):
                stack.append(inner)
    if not places or rng.random() < 0.03:
        return _anything(rng)
    holder, key = rng.choice(places[:40] if rng.random() < 0.5 else places)
    what = rng.randrange(10)
    if what < 6:
        old = holder[key]
        new = _anything(rng)
        if isinstance(old, int | float) and not isinstance(old, bool) and rng.random() < 0.6:
            new = rng.choice(_NUMBERS)
        elif isinstance(old, str) and rng.random() < 0.5:
            new = rng.choice(_TEXTS)
        elif isinstance(old, list) and rng.random() < 0.5:
            new = rng.choice(([*old, *old], old[1:], [*old, _anything(rng)], [old], old * 300))
        holder[key] = new
    elif what == 6:
        del holder[key]
    elif isinstance(holder, dict):
        name = rng.choice((*_TEXTS, *(str(k) for h, k in places if isinstance(h, dict))))
        holder[name] = holder[key] if rng.random() < 0.5 else _anything(rng)
    else:
        holder.insert(key, _anything(rng))
    return value


def _anything(rng: random.Random) -> Any:
    kinds = (
        None, True, False, [], {}, [[]], {"a": 1}, [1, 10**10], [None], rng.choice(_NUMBERS),
        rng.choice(_NUMBERS), rng.choice(_TEXTS), [rng.choice(_NUMBERS)], {"x": [{}]},
    )  # fmt: skip
    return rng.choice(kinds)


# --- .npy


def _npy(data: bytes, rng: random.Random) -> bytes:
    """Another header before the same numbers, or other numbers behind the same header."""
    if data[:6] != b"\x93NUMPY":
        raise ValueError("no .npy file")
    wide = data[6] > 1
    (length,) = struct.unpack("<I" if wide else "<H", data[8 : 12 if wide else 10])
    start = 12 if wide else 10
    header, body = data[start : start + length].decode("latin1"), data[start + length :]
    what = rng.randrange(10)
    if what < 3:
        shape = [rng.choice(_NUMBERS[:25]) for _ in range(rng.choice((0, 1, 1, 2, 3, 40)))]
        written = f"({', '.join(map(str, shape))}{',' if shape else ''})"
        header = re.sub(r"'shape': \([^)]*\)", lambda _: f"'shape': {written}", header)
    elif what == 3:
        descr = rng.choice(_DTYPES)
        header = re.sub(r"'descr': '[^']*'", lambda _: f"'descr': '{descr}'", header)
    elif what == 4:
        header = header.replace("False", rng.choice(("True", "None", "0", "'x'", "[" * 300)))
    elif what == 5:
        header = rng.choice(("", "{", "{}", "[]", "1", "(" * 500, "{'descr': '<i4'}", "x" * 9000))
    elif what == 6:
        place, width = rng.randrange(len(body) or 1), rng.choice((4, 8))
        place -= place % width
        number = rng.choice(_INTS) % (1 << 8 * width)
        return data[: start + length] + body[:place] + number.to_bytes(width, "little") + (
            body[place + width :]
        )  # fmt: skip
    elif what == 7:
        length = rng.choice((0, 1, 10, 65_535, length + 1, length - 1))
        return data[:8] + struct.pack("<I" if wide else "<H", length) + data[start:]
    elif what == 8:
        version = bytes((rng.choice((0, 1, 2, 3, 4, 255)), rng.choice((0, 0, 1))))
        return data[:6] + version + data[8:]
    else:
        number = rng.choice((0, 1, len(header), 10**6, 2**31, 2**32 - 1))
        return data[:6] + b"\x02\0" + struct.pack("<I", number) + header.encode("latin1") + body
    raw = header.encode("latin1")
    if rng.random() < 0.7 and not wide:  # as numpy pads it
        raw = raw.rstrip() + b" " * (-(len(raw.rstrip()) + 11) % 64) + b"\n"
    if len(raw) > 65_535:
        raise ValueError("too long")
    return data[:8] + struct.pack("<I" if wide else "<H", len(raw)) + raw + body


# --- safetensors


def _safetensors(data: bytes, rng: random.Random) -> bytes:
    """Another header of the right or of a wrong length, before the same numbers."""
    (length,) = struct.unpack("<Q", data[:8])
    header, body = data[8 : 8 + length], data[8 + length :]
    if rng.random() < 0.15:
        number = rng.choice((0, 1, length + 1, length - 1, len(data), *_INTS)) % 2**64
        return struct.pack("<Q", number) + data[8:]
    if rng.random() < 0.15:
        place = rng.randrange(len(body) or 1) & ~3
        number = rng.choice((b"\0\0\xc0\x7f", b"\0\0\x80\x7f", b"\xff" * 4, b"\0\0\0\x80"))
        return data[: 8 + length] + body[:place] + number + body[place + 4 :]
    value = json.loads(header)
    if rng.random() < 0.4:  # the shape, with offsets that fit or do not
        name = rng.choice([key for key in value if key != "__metadata__"])
        shape = value[name]["shape"]
        if shape and rng.random() < 0.7:
            shape[rng.randrange(len(shape))] = rng.choice(_NUMBERS[:25])
        else:
            shape[rng.randrange(len(shape) + 1) :] = [rng.choice((0, 1, 10**12))]
    else:
        value = _changed(value, rng)
    raw = json.dumps(value).encode("utf-8", "surrogatepass")
    return struct.pack("<Q", len(raw)) + raw + body


_AWARE: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "json": _json,
    "jsonl": _json_lines,
    "npy": _npy,
    "safetensors": _safetensors,
}
