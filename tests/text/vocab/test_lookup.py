import gzip
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.hash_tables.token_table import TokenTable
from textseq.text.vocab import lookup
from textseq.text.vocab.lookup import UNKNOWN, Lookup

# At the edges of 8 bytes, of one UTF-8 length to the next, and what is awkward anywhere.
TOKENS = [
    "", "a", "abcdefg", "abcdefgh", "abcdefghi", "abcdefghijklmnop", "abcdefghijklmnopq",
    "\0", "a\0", "\0a", "a\0b", "abcdefg\0", "abcdefgh\0i", "\x7f", "\x80", "é", "e\u0301",
    "\u07ff", "\u0800", "\uffff", "\U00010000", "\U0010ffff", "한", "\u1112\u1161\u11ab",
    "العربية", "हिन्दी", "中文", "👨‍👩‍👧", "\r", "\n", "\u2028", "\ud800", "a\udfff", "\ud800\udc00",
    "x" * 1000, "한" * 300,
]  # fmt: skip
KNOWN = TOKENS[::2]
IDS = {token: number for number, token in enumerate(KNOWN)}
ALL = [*TOKENS, *(token + "z" for token in TOKENS), *(token[:-1] for token in TOKENS if token)]


@pytest.fixture(params=["dict", "table"])
def find(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Lookup:
    """A Lookup of KNOWN, made to answer in one way only."""
    if request.param == "table":
        monkeypatch.setattr(lookup, "FEW", -1)
        monkeypatch.setattr(lookup, "NUMBA_PAYS", 0)
    else:
        monkeypatch.setattr(lookup, "FEW", sys.maxsize)
    made = Lookup(IDS)
    assert (made._table_for(100) is not None) == (request.param == "table")
    return made


def expected(tokens: list[str], unknown: int = UNKNOWN) -> list[int]:
    return [IDS.get(token, unknown) for token in tokens]


def test_lists(find: Lookup):
    for tokens in (ALL, tuple(ALL), [t for t in ALL if "\0" not in t], [], ["a"], [""]):
        ids = find.find(tokens)
        assert ids.tolist() == expected(tokens)
        assert ids.dtype == np.int32
    assert find.find(["no", "a", ""], 7).tolist() == expected(["no", "a", ""], 7)


def test_what_is_no_str_is_unknown(find: Lookup):
    assert find.find(["a", None, 3]).tolist() == [*expected(["a"]), -1, -1]


@pytest.mark.parametrize("kind", ["U", "swapped", "O", "T"])
def test_arrays_of_str(find: Lookup, kind: str):
    tokens = [t for t in ALL if not (kind == "T" and any("\ud800" <= c <= "\udfff" for c in t))]
    if kind == "T":
        array = np.array(tokens, np.dtypes.StringDType())
    elif kind == "swapped":
        array = np.array(tokens)
        array = array.astype(array.dtype.newbyteorder("S"))
    else:
        array = np.array(tokens, "O" if kind == "O" else None)
    elements = array.tolist()  # an array of fixed width drops NULs at the end
    assert find.find(array).tolist() == expected(elements)
    assert find.find(array[::-3]).tolist() == expected(elements[::-3])
    square = array[:12].reshape(3, 2, 2)
    assert (
        find.find(square, 5).tolist() == np.reshape(expected(elements[:12], 5), (3, 2, 2)).tolist()
    )
    assert find.find(square.T).tolist() == np.reshape(expected(elements[:12]), (3, 2, 2)).T.tolist()
    assert find.find(array[:0]).shape == (0,)
    array.flags.writeable = False
    assert find.find(array).tolist() == expected(elements)


@pytest.mark.parametrize("width", [0, 1, 2, 7, 8, 9, 16, 17])
def test_arrays_of_each_width(find: Lookup, width: int):
    array = np.array(ALL).astype(f"<U{width}") if width else np.empty(3, "<U0")
    assert array.dtype.itemsize == 4 * width or width == 0
    assert find.find(array).tolist() == expected(array.tolist())


def test_arrays_of_no_axis(find: Lookup):
    ids = find.find(np.array("abcdefg"))
    assert (ids.shape, ids.tolist()) == ((), IDS["abcdefg"])


@pytest.mark.parametrize("kind", ["string", "large_string", "string_view", "dictionary"])
def test_arrow_arrays(find: Lookup, kind: str):
    tokens: list[str | None] = [t for t in ALL if not any("\ud800" <= c <= "\udfff" for c in t)]
    tokens.insert(3, None)
    array = pa.array(tokens, pa.string())
    array = array.dictionary_encode() if kind == "dictionary" else array.cast(getattr(pa, kind)())
    want = expected(tokens)  # type: ignore[arg-type]
    assert find.find(array).tolist() == want
    assert find.find(array, 9).tolist() == expected(tokens, 9)  # type: ignore[arg-type]
    for start in (1, 4, len(tokens) - 1, len(tokens)):
        assert find.find(array[start:]).tolist() == want[start:]
    chunked = pa.chunked_array([array[:7], array[7:7], array[7:]])
    ids = find.find(chunked)
    assert ids.tolist() == want
    assert ids.dtype == np.int32
    assert find.find(pa.chunked_array([], array.type)).tolist() == []
    assert find.find(pa.array(["", ""], array.type if kind != "dictionary" else None)).tolist() == (
        expected(["", ""])
    )


def test_other_arrays_are_errors(find: Lookup):
    for array, name in ((np.arange(3), "int64"), (np.array([b"a"]), r"\|S1"),
                        (pa.array([1]), "int64"), (pa.array([b"a"]), "binary"),
                        (pa.array([None]), "null")):  # fmt: skip
        with pytest.raises(ValueError, match=f"an array of {name} was given; tokens are str"):
            find.find(array)


@given(
    known=st.lists(st.text(max_size=12), unique=True, max_size=30),
    asked=st.lists(st.text(max_size=12) | st.text("ab\0é한", max_size=10), max_size=30),
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_the_table_is_the_dict(known: list[str], asked: list[str]):
    ids = {token: number for number, token in enumerate(known)}
    table = TokenTable(known)
    tokens = known + asked
    want = [ids.get(token, -1) for token in tokens]
    found = table.of_list(tokens)
    assert found.tolist() == want if found is not None else any("\0" in t for t in tokens)
    array = np.array(tokens, np.str_)
    rows = array.view(np.uint32).reshape(len(array), array.dtype.itemsize // 4)
    assert table.of_ucs4(rows).tolist() == [ids.get(token, -1) for token in array.tolist()]
    whole = [token.encode("utf-8", "surrogatepass") for token in tokens]
    text = np.frombuffer(b"".join(whole) + b"!", np.uint8)
    ends = np.cumsum([0, *map(len, whole)])
    assert table.of_utf8(text.ctypes.data, len(text) - 1, ends).tolist() == want


def test_many_tokens_in_several_threads(monkeypatch: pytest.MonkeyPatch):
    from textseq.text.hash_tables import token_table

    monkeypatch.setattr(token_table, "thread_count", lambda threads: 3)
    monkeypatch.setattr(token_table, "_THREAD", 1)
    rng = np.random.default_rng(1)
    tokens = [f"{'w' * int(n % 12)}{n}" for n in rng.integers(0, 3000, 30_001)]
    ids = {token: number for number, token in enumerate(dict.fromkeys(tokens[:20_000]))}
    table = TokenTable(list(ids))
    want = [ids.get(token, -1) for token in tokens]
    assert table.of_list(tokens).tolist() == want
    monkeypatch.setattr(token_table, "_PARTS", 2)
    assert table.of_list(tokens).tolist() == want
    array = np.array(tokens)
    assert table.of_ucs4(array.view(np.uint32).reshape(len(array), -1)).tolist() == want
    assert table.of_list([*tokens, "a\0b"]) is None
    assert table.of_list(["a\0b", *tokens]) is None
    arrow = pa.array(tokens)
    _, ends, text = arrow.buffers()
    offsets = np.frombuffer(ends, np.int32, len(arrow) + 1).astype(np.int64)
    assert table.of_utf8(text.address, text.size, offsets).tolist() == want


def test_a_table_of_nothing_and_of_a_token_twice():
    empty = TokenTable([])
    assert empty.of_list(["a", ""]).tolist() == [-1, -1]
    with pytest.raises(ValueError, match="stands twice"):
        TokenTable(["a", "b", "a"])


@pytest.mark.parametrize("name", ["kowiki/kowiki-AA-00.txt.gz", "enwiki/enwiki-AA-0.txt.gz"])
def test_real_text(data: Path, name: str):
    with gzip.open(data / name, "rt", encoding="utf-8") as file:
        tokens = file.read(400_000).split()
    ids = {token: number for number, (token, n) in enumerate(Counter(tokens).items()) if n > 1}
    ids = dict(zip(ids, range(len(ids)), strict=True))
    want = [ids.get(token, 3) for token in tokens]
    made = Lookup(ids)
    for given_tokens in (tokens, np.array(tokens), pa.array(tokens), pa.array(tokens)[1:]):
        assert made.find(given_tokens, 3).tolist() == want[-len(given_tokens) :]
    assert made._table is not None


def test_numba_waits_until_it_pays(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, "numba", raising=False)
    some = ["a"] * (lookup.FEW + 1)
    patient = Lookup(IDS)
    patient.find(some)
    assert patient._table is None
    monkeypatch.undo()  # numba is loaded, as after training
    patient.find(some)
    assert patient._table is not None
    patient.find(some[:1])
    assert patient._table_for(1) is None
