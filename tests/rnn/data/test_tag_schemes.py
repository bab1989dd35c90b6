"""Tag schemes: which one tags are in, what it allows, and which spans rows of tags draw."""

from __future__ import annotations

import itertools
import random
from collections import Counter

import numpy as np
import pytest

from textseq.rnn.data.tag_schemes import (
    SpanReader,
    kept_scheme,
    legal_steps,
    nearly_spans,
    scheme_of,
    scheme_to_read,
    spans_of,
)
from textseq.rnn.scores.metrics import accuracy, span_f1

BIO = ["B-LOC", "B-PER", "I-LOC", "I-PER", "O"]
BIOES = ["B-X", "E-X", "I-X", "O", "S-X"]


@pytest.mark.parametrize(
    ("tags", "scheme"),
    [
        (BIO, "bio"),
        (BIOES, "bioes"),
        (["S-A", "O"], "bioes"),
        (["B-NP", "I-NP"], "bio"),
        (["NOUN", "VERB", "INTJ"], None),
        (["B-PER", "I-PER", "O", "X"], None),
        (["O"], None),
        (["B-", "O"], None),
        ([], None),
    ],
)
def test_scheme_of(tags: list[str], scheme: str | None):
    assert scheme_of(tags) == scheme


def test_legal_steps_of_bio():
    legal = legal_steps(BIO, "bio")
    places = {tag: number for number, tag in enumerate(BIO)} | {"edge": 5}
    forbidden = {
        (before, after)
        for before, after in itertools.product([*BIO, "edge"], repeat=2)
        if not legal[places[before], places[after]]
    }
    wanted = {(before, "I-LOC") for before in ("B-PER", "I-PER", "O", "edge")}
    wanted |= {(before, "I-PER") for before in ("B-LOC", "I-LOC", "O", "edge")}
    assert forbidden == wanted
    assert legal_steps(BIO, None).all()


def test_legal_steps_of_bioes():
    legal = legal_steps(BIOES, "bioes")
    follows = {
        "B-X": {"I-X", "E-X"},
        "I-X": {"I-X", "E-X"},
        "E-X": {"B-X", "S-X", "O", "edge"},
        "S-X": {"B-X", "S-X", "O", "edge"},
        "O": {"B-X", "S-X", "O", "edge"},
        "edge": {"B-X", "S-X", "O", "edge"},
    }
    names = [*BIOES, "edge"]
    for before, after in itertools.product(range(6), repeat=2):
        assert legal[before, after] == (names[after] in follows[names[before]])


@pytest.mark.parametrize(
    ("scheme", "rows"),
    [
        ("bio", ["O B-X I-X O", "B-X B-X"]),
        ("iob1", ["O I-X I-X O", "I-X B-X"]),
        ("iob1", ["O I-X I-X O I-Y"]),
        ("bios", ["O B-X I-X O", "S-X B-X I-X I-X"]),
        ("bioes", ["O B-X I-X E-X O", "S-X"]),
        ("bmes", ["O B-X M-X E-X O", "S-X"]),
        ("bilou", ["O B-X I-X L-X O", "U-X"]),
        ("ioe2", ["O I-X E-X O", "E-X E-X"]),
        ("ioe1", ["O I-X I-X O", "I-X E-X I-X"]),
        ("bio", ["O B_X I_X O", "B_X B_Y"]),
        ("bio", ["O X-B X-I O", "X-B Y-B"]),
        ("bilou", ["O X_B X_L O", "X_U"]),
        ("bio", ["O B I O", "B B I"]),
        ("bmes", ["B E S B M E", "S S B E"]),
        (None, ["O B-X B-X M-X E-X", "U-X"]),
        (None, ["O I-X O E-X B-X", "S-X I-X O"]),
        (None, ["NOUN VERB", "O"]),
        (None, ["O B-X 0"]),
        (None, ["S O S", "O B"]),
    ],
)
def test_kept_scheme(scheme: str | None, rows: list[str]):
    tags = sorted({tag for row in rows for tag in row.split()})
    ids = [[tags.index(tag) for tag in row.split()] for row in rows]
    assert kept_scheme(tags, ids) == scheme


@pytest.mark.parametrize(
    ("rows", "expected", "found"),
    [
        (["O I-X I-X O", "I-X B-X O"], "bio", "iob1"),
        (["O B-X I-X O", "B-X B-X O"], "iob1", "bio"),
        (["O B-X E-X O", "S-X"], "bio", "bioes"),
        (["S-X O S-X"], "bilou", "bilou"),
        (["S-X O S-X"], "bios", "bios"),  # the same spans, so that nothing is said
        (["O", "O"], "bio", "bio"),
        (["NOUN VERB"], "bio", "bio"),
        (["B-X I-X O I-X", "I-X B-X"], "bio", "bio"),  # it keeps to neither
    ],
)
def test_the_scheme_by_which_a_data_set_is_read(rows: list[str], expected: str, found: str):
    names = sorted({tag for row in rows for tag in row.split()})
    ids = [[names.index(tag) for tag in row.split()] for row in rows]
    assert scheme_to_read(names, ids, expected) == found  # type: ignore[arg-type]


def test_a_slip_is_no_other_scheme():
    tags = ["B-X", "I-X", "O", "_"]
    assert kept_scheme(tags[:3], [[2, 0, 1, 2]] * 50 + [[1]]) == "bio"
    assert kept_scheme(tags, [[2, 0, 3, 1, 2], [3, 1]], without=[3]) == "bio"
    assert kept_scheme(tags, [[2, 0, 3, 1, 2]]) is None


FOLLOWS = {
    "iob1": {"I": "BIO", "B": "BIO", "O": "IO", "edge": "IO"},
    "bilou": {"B": "IL", "I": "IL", "L": "BUO", "U": "BUO", "O": "BUO", "edge": "BUO"},
    "bmes": {"B": "ME", "M": "ME", "E": "BSO", "S": "BSO", "O": "BSO", "edge": "BSO"},
    "bios": {"B": "IBSO", "I": "IBSO", "S": "BSO", "O": "BSO", "edge": "BSO"},
    "ioe2": {"I": "IE", "E": "IEO", "O": "IEO", "edge": "IEO"},
    "ioe1": {"I": "IEO", "E": "IE", "O": "IEO", "edge": "IEO"},
}


@pytest.mark.parametrize("scheme", FOLLOWS)
def test_legal_steps_of_one_kind(scheme: str):
    letters = [letter for letter in FOLLOWS[scheme] if letter != "edge"]
    tags = [letter if letter == "O" else f"{letter}-X" for letter in letters]
    legal = legal_steps(tags, scheme)
    for row, before in enumerate([*letters, "edge"]):
        found = {letter for place, letter in enumerate(letters) if legal[row, place]}
        assert found == set(FOLLOWS[scheme][before])
        assert legal[row, -1] == ("O" in FOLLOWS[scheme][before])


def test_steps_between_kinds():
    tags = ["B-X", "I-X", "B-Y", "I-Y", "O"]
    legal = legal_steps(tags, "iob1")
    assert legal[1, 2:4].tolist() == [False, True]  # I-X I-Y, and no I-X B-Y
    assert not legal_steps(tags, "bio")[1, 3]
    ends = legal_steps(["B-X", "L-Y", "U-Y", "L-X"], "bilou")
    assert ends[0].tolist() == [False, False, False, True, False]


# --- spans


@pytest.mark.parametrize(
    ("scheme", "tags", "spans"),
    [
        ("bio", "B-X I-X I-Y B-X", {("X", 0, 2), ("X", 3, 4)}),
        ("bio", "I-X I-X O", set()),
        ("iob1", "I-X B-X I-Y O B-X", {("X", 0, 1), ("X", 1, 2), ("Y", 2, 3)}),
        ("bios", "S-X B-Y I-Y I-X", {("X", 0, 1), ("Y", 1, 3)}),
        ("bioes", "B-X I-X E-X S-Y B-X O E-X", {("X", 0, 3), ("Y", 3, 4)}),
        ("bmes", "B-X M-X E-X B-X O E-X S-Y", {("X", 0, 3), ("Y", 6, 7)}),
        ("bilou", "U-X U-X B-Y L-Y B-X I-X", {("X", 0, 1), ("X", 1, 2), ("Y", 2, 4)}),
        ("ioe2", "I-X E-X E-X I-Y O", {("X", 0, 2), ("X", 2, 3)}),
        ("ioe1", "O E-X I-X I-X I-Y E-Y O", {("X", 1, 2), ("X", 2, 4)}),
        ("bio", "B_X I_X B_Y", {("X", 0, 2), ("Y", 2, 3)}),
        ("bio", "a-b-B a-b-I c-B", {("a-b", 0, 2), ("c", 2, 3)}),
        ("bmes", "B M E S B B E", {("", 0, 3), ("", 3, 4), ("", 5, 7)}),
    ],
)
def test_strict_spans(scheme: str, tags: str, spans: set[tuple[str, int, int]]):
    assert SpanReader(sorted(set(tags.split())), scheme)(tags.split()) == spans


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        ("B_X I_X O I_Y", {("X", 0, 2), ("Y", 3, 4)}),
        ("X-B X-I O", {("X", 0, 2)}),
        ("B-X M-X E-X O S-X", {("X", 0, 3), ("X", 4, 5)}),
        ("B M E S", {("", 0, 3), ("", 3, 4)}),
    ],
)
def test_lenient_spans(tags: str, spans: set[tuple[str, int, int]]):
    assert spans_of(tags.split()) == spans


# --- tags that are nearly spans


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["O B-X I-X 0 O", "B-X"], "tag '0' (once) is no BIO tag"),
        (["O B-X I-X o O", "B-X x o B-X"], "tags 'o' (2 times), 'x' (once) are no BIO tags"),
        (["O U-X - O", "U-X"], "tag '-' (once) is no BILOU tag"),
        (["O B_X I_X B-X", "B_X B_X"], "tag 'B-X' (once) is no BIO tag"),
        (["O B-X M-X L-X O"], "the letters B, L, M of the tags are of no one scheme"),
        (["O I-X B-X I-X O B-Y I-X O"] * 2, "look like "),
    ],
)
def test_nearly_spans_are_named(rows: list[str], words: str):
    assert words in str(reason(rows))


@pytest.mark.parametrize("rows", [["O B-X I-X", "O"], ["NOUN VERB X O"], ["O"], ["S-A NOUN VERB"]])
def test_spans_and_words_are_not_named(rows: list[str]):
    assert reason(rows) is None


def reason(rows: list[str]) -> str | None:
    counts = Counter(tag for row in rows for tag in row.split())
    ids = sorted(counts)
    return nearly_spans(counts, ids, [[ids.index(tag) for tag in row.split()] for row in rows])


# --- as seqeval counts


KINDS = ["PER", "地名", "기관", "Город", "اسم"]  # five scripts
SIX = {
    "bio": ("IOB2", "BI"),
    "iob1": ("IOB1", "BI"),
    "ioe2": ("IOE2", "IE"),
    "bioes": ("IOBES", "BIES"),
    "bilou": ("BILOU", "BILU"),
    "bmes": ("IOBES", "BMES"),
}


def written(scheme: str, length: int) -> str:
    """The letters of a span of so many words, behind O."""
    one, first, inside, last = {
        "bio": "BBII", "iob1": "IIII", "ioe2": "EIIE", "bioes": "SBIE", "bilou": "UBIL",
        "bmes": "SBME",
    }[scheme]  # fmt: skip
    return one if length == 1 else first + inside * (length - 2) + last


def gold_row(scheme: str, rng: random.Random) -> list[str]:
    tags: list[str] = []
    for _ in range(rng.randrange(4)):
        kind = rng.choice(KINDS)
        tags += [f"{letter}-{kind}" for letter in written(scheme, rng.randint(1, 4))]
        tags += ["O"] * rng.randint(1, 3)
    return tags or ["O"]


def pred_row(letters: str, gold: list[str], rng: random.Random) -> list[str]:
    every = ["O", *(f"{letter}-{kind}" for letter in letters for kind in KINDS[:2])]
    return [tag if rng.random() < 0.8 else rng.choice(every) for tag in gold]


@pytest.mark.parametrize("layout", ["{0}-{1}", "{0}_{1}", "{1}-{0}"])
@pytest.mark.parametrize("scheme", SIX)
def test_scores_are_seqeval_s_in_strict_mode(scheme: str, layout: str):
    schemes = pytest.importorskip("seqeval.scheme")
    scores = pytest.importorskip("seqeval.metrics")
    theirs, letters = SIX[scheme]
    rng = random.Random(scheme)
    for _ in range(20):
        gold = [gold_row(scheme, rng) for _ in range(30)]
        pred = [pred_row(letters, row, rng) for row in gold]

        def other(rows: list[list[str]], layout: str) -> list[list[str]]:
            return [
                [tag if tag == "O" else layout.format(*tag.split("-")) for tag in row]
                for row in rows
            ]

        found = span_f1(other(gold, layout), other(pred, layout))
        assert found == span_f1(other(gold, layout), other(pred, layout), scheme)
        renamed = [[tag.replace("M-", "I-") for tag in row] for row in gold]
        guessed = [[tag.replace("M-", "I-") for tag in row] for row in pred]
        options = {"mode": "strict", "scheme": getattr(schemes, theirs), "zero_division": 0}
        wanted = [
            score(renamed, guessed, average="micro", **options)
            for score in (scores.precision_score, scores.recall_score, scores.f1_score)
        ]
        assert (found.precision, found.recall, found.f1) == pytest.approx(tuple(wanted), abs=1e-12)
        flat = [np.array([tag for row in rows for tag in row]) for rows in (pred, gold)]
        assert accuracy(*flat) == pytest.approx(scores.accuracy_score(gold, pred), abs=1e-12)


def test_spans_of_a_random_row_by_hand():
    """What the test above compares, without seqeval."""
    gold = [["B-地名", "I-地名", "O", "B-PER"], ["B-기관", "O"]]
    pred = [["B-地名", "I-地名", "I-PER", "I-PER"], ["B-기관", "B-Город"]]
    assert span_f1(gold, pred) == (2 / 3, 2 / 3, 2 / 3, 2, 3, 3)
    assert span_f1(gold, pred, "lenient") == (2 / 4, 2 / 3, 4 / 7, 2, 4, 3)
    with pytest.raises(ValueError, match="scheme is 'iob'; it can be bio, iob1"):
        span_f1(gold, pred, "iob")


def test_a_wrong_answer_in_bmes_is_wrong():
    assert span_f1([["B-PER", "M-PER", "E-PER", "O"]], [["B-PER", "O", "E-PER", "O"]]).f1 == 0
