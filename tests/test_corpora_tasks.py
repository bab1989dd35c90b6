"""The bundled data of the sequence models are what the generator makes, and ask what they should.

What a model learns of them is tested where the models are; here, that words alone are not enough
and that the right answer can be found at all.
"""

from __future__ import annotations

import gzip
import importlib.util
import math
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from textseq.bundled import REVIEWS, SCENE_FEATURES, SCENES, SPANS, SPLITS, TAGGED, TRANSLATION
from textseq.config import TextConfig
from textseq.text.reading.conll import read_conll, read_conllu

CORPORA = Path(__file__).parent.parent / "corpora"
SMALL = {"train": 60, "valid": 10, "heldout": 10}
PARTS = ("tagged", "spans", "reviews", "pairs", "scenes")


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(CORPORA)  # its parts import each other by name
    spec = importlib.util.spec_from_file_location("tasks", CORPORA / "tasks.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def part(tasks):
    return lambda name: sys.modules[f"tasks_{name}"]


def text_of(name: str) -> str:
    with gzip.open(CORPORA / name, "rt", encoding="utf-8", newline="\n") as file:
        return file.read()


def lines_of(name: str) -> list[str]:
    lines = text_of(name).split("\n")
    assert lines.pop() == ""
    return lines


def tagged(split: str) -> list[tuple[list[str], list[str]]]:
    return list(read_conllu(CORPORA / TAGGED.format(split), TextConfig()))


def spans(split: str) -> list[tuple[list[str], list[str]]]:
    return list(read_conll(CORPORA / SPANS.format(split), TextConfig(), separator="\t"))


def reviews(split: str) -> list[tuple[str, str]]:
    header, *rows = lines_of(REVIEWS.format(split))
    assert header == "text\tlabel"
    return [tuple(row.split("\t")) for row in rows]


def pairs(split: str) -> list[tuple[str, str]]:
    return list(zip(*(lines_of(name.format(split)) for name in TRANSLATION), strict=True))


def scenes(split: str) -> list[tuple[dict[str, float], str]]:
    header, *rows = (line.split(",") for line in lines_of(SCENES.format(split)))
    assert header == [*SCENE_FEATURES, "caption"]
    return [(dict(zip(SCENE_FEATURES, map(float, row[:-1]), strict=True)), row[-1]) for row in rows]


def texts(name: str, split: str) -> list[str]:
    """What a model is asked, as text; of the scenes, what it shall say."""
    if name == "scenes":
        return [caption for _, caption in scenes(split)]
    if name in ("tagged", "spans"):
        return [" ".join(tokens).lower() for tokens, _ in globals()[name](split)]
    return [example[0] for example in globals()[name](split)]


# --- the files


def test_shipped_files_are_what_the_generator_makes(tasks, capsys):
    assert tasks.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_check_names_a_changed_and_a_missing_file(tasks, part, tmp_path, monkeypatch, capsys):
    small = part("reviews").generate(1, SMALL)
    monkeypatch.setattr(tasks, "make", lambda: small)
    assert tasks.main(["--out", str(tmp_path)]) == 0
    assert tasks.main(["--out", str(tmp_path), "--check"]) == 0
    (tmp_path / "reviews.train.tsv.gz").write_bytes(gzip.compress(b"text\tlabel\n"))
    (tmp_path / "reviews.heldout.tsv.gz").unlink()
    capsys.readouterr()
    assert tasks.main(["--out", str(tmp_path), "--check"]) == 1
    complaint = capsys.readouterr().out
    assert "reviews.train.tsv.gz" in complaint
    assert "reviews.heldout.tsv.gz" in complaint
    assert complaint.count("\n") == 2


@pytest.mark.parametrize("name", PARTS)
def test_same_seed_same_text(part, name):
    first = part(name).generate(1, SMALL)
    assert part(name).generate(1, SMALL) == first
    assert part(name).generate(2, SMALL) != first


def test_a_grammar_that_is_too_small_says_so(part):
    grammar = part("grammar")
    draws = iter(range(1_000))
    assert grammar.parts(lambda: next(draws) % 5, str, {"train": 3, "test": 2}) == {
        "train": [0, 1, 2],
        "test": [3, 4],
    }
    with pytest.raises(RuntimeError, match="only 1 different examples of 2 for test"):
        grammar.parts(lambda: next(draws) % 4, str, {"train": 3, "test": 2})


def test_a_table_of_rules(part):
    grammar = part("grammar")
    rules = grammar.rules("noun = dog | 2* cat\n% old [noun]\nverb = sees , and")
    assert rules == {"noun": ["dog", "cat", "cat", "old [noun]"], "verb": ["sees , and"]}
    assert grammar.write("the [verb]", rules, part("reviews").Dice(1)) == "the sees , and"


@pytest.mark.parametrize("name", PARTS)
def test_no_test_text_is_seen_in_training(name):
    found = {split: texts(name, split) for split in SPLITS}
    everything = [text for split in SPLITS for text in found[split]]
    assert len(everything) == len(set(everything))
    row = re.search(
        rf"^\| `{name}\..* \| ([\d,]+) / ([\d,]+) / ([\d,]+) \|",
        (CORPORA / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    promised = [int(number.replace(",", "")) for number in row.groups()]
    assert promised == [len(found[split]) for split in SPLITS]


@pytest.mark.parametrize("name", PARTS)
def test_words_and_marks_stand_between_spaces(name):
    for text in texts(name, "train"):
        assert text == " ".join(text.split()) != ""
        assert text == text.lower()
        assert not re.search(r"[\[\]<>{}%*|]", text), "a rule that was not followed"
        assert not re.search(r"\ba [aeio]", text)


def test_all_together_is_small():
    files = [
        CORPORA / name.format(split)
        for name in (REVIEWS, TAGGED, SPANS, *TRANSLATION, SCENES)
        for split in SPLITS
    ]
    assert sum(path.stat().st_size for path in files) < 1_500_000


# --- reviews


def test_words_alone_do_not_tell_the_label():
    """Naive Bayes on words: better than chance, and far from what the sentences say."""
    counts: dict[str, Counter[str]] = {"good": Counter(), "bad": Counter()}
    for text, label in reviews("train"):
        counts[label].update(set(text.split()))
    totals = {label: counts[label].total() for label in counts}

    def says(text: str) -> str:
        score = sum(
            math.log((counts["good"][word] + 1) / totals["good"])
            - math.log((counts["bad"][word] + 1) / totals["bad"])
            for word in set(text.split())
        )
        return "good" if score > 0 else "bad"

    right = [says(text) == label for text, label in reviews("heldout")]
    assert 0.70 < sum(right) / len(right) < 0.85


def test_labels_are_balanced():
    for split in SPLITS:
        labels = Counter(label for _, label in reviews(split))
        assert set(labels) == {"good", "bad"}
        assert 0.45 < labels["good"] / labels.total() < 0.55


def test_negation_turns_a_review_around():
    """Opinions in a frame of one clause, whose label can be read off."""
    good = {text for split in SPLITS for text, label in reviews(split) if label == "good"}
    bad = {text for split in SPLITS for text, label in reviews(split) if label == "bad"}
    frames = {
        r"the (\w+) was (\w+) \.": False,
        r"the (\w+) was not (\w+) \.": True,
        r"the (\w+) was anything but (\w+) \.": True,
        r"nobody in our group could call the (\w+) (\w+) \.": True,
    }
    plain = {"great": True, "lovely": True, "superb": True, "awful": False, "dreadful": False}
    n_found = 0
    for frame, turned in frames.items():
        for text in good | bad:
            match = re.fullmatch(frame, text)
            if match and match[2] in plain:
                n_found += 1
                assert (text in good) == (plain[match[2]] != turned), text
    assert n_found >= 10


# --- tagged and spans


def share_of_most_frequent_tag(train, test) -> float:
    tags_of: dict[str, Counter[str]] = defaultdict(Counter)
    for tokens, tags in train:
        for token, tag in zip(tokens, tags, strict=True):
            tags_of[token][tag] += 1
    usual = {token: tags.most_common(1)[0][0] for token, tags in tags_of.items()}
    right = [
        usual.get(token) == tag
        for tokens, tags in test
        for token, tag in zip(tokens, tags, strict=True)
    ]
    return sum(right) / len(right)


@pytest.mark.parametrize("read", [tagged, spans])
def test_the_most_frequent_tag_is_often_wrong(read):
    assert 0.75 < share_of_most_frequent_tag(read("train"), read("heldout")) < 0.90


def test_parts_of_speech_are_ambiguous():
    tags_of = defaultdict(set)
    for tokens, tags in tagged("train"):
        for token, tag in zip(tokens, tags, strict=True):
            tags_of[token].add(tag)
    assert tags_of["that"] >= {"DET", "SCONJ", "PRON"}
    assert tags_of["light"] == {"NOUN", "VERB", "ADJ"}
    assert tags_of["long"] == {"ADJ", "ADV"}
    assert tags_of["before"] >= {"ADP", "SCONJ"}
    assert tags_of["can"] == {"AUX", "NOUN"}
    assert tags_of["Mark"] >= {"PROPN", "VERB"}
    assert all(tags_of[word] >= {"NOUN", "VERB"} for word in ("run", "watch", "plays", "dances"))
    universal = "ADJ ADP ADV AUX CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ VERB"
    assert set().union(*tags_of.values()) == set(universal.split())


def test_conllu_is_whole():
    blocks = text_of(TAGGED.format("heldout")).split("\n\n")
    assert blocks.pop() == ""
    for number, block in enumerate(blocks, 1):
        sent_id, text, *rows = block.split("\n")
        cells = [row.split("\t") for row in rows]
        assert sent_id == f"# sent_id = heldout-{number}"
        assert text == "# text = " + " ".join(row[1] for row in cells)
        assert [row[0] for row in cells] == [str(place) for place in range(1, len(rows) + 1)]
        assert {len(row) for row in cells} == {10}


def test_one_name_is_many_things():
    kinds_of = defaultdict(set)
    n_lower = 0
    for tokens, tags in spans("train"):
        n_lower += tokens == [token.lower() for token in tokens]
        for before, tag in zip(["O", *tags], tags, strict=False):
            assert tag == "O" or tag[:2] in ("B-", "I-")
            assert not tag.startswith("I-") or before[2:] == tag[2:], "an I- without its B-"
        for token, tag in zip(tokens, tags, strict=True):
            kinds_of[token.lower()].add(tag[2:] or tag)
    assert 0.2 < n_lower / len(spans("train")) < 0.3
    assert all(kinds_of[name] == {"PER", "LOC", "ORG"} for name in ("paris", "lincoln", "chelsea"))
    assert kinds_of["rose"] == {"PER", "ORG", "O"}
    assert kinds_of["nice"] >= {"LOC", "O"}


def test_some_names_of_the_test_are_new():
    known = {token.lower() for tokens, _ in spans("train") for token in tokens}
    new = {token.lower() for tokens, _ in spans("heldout") for token in tokens} - known
    assert len(new) >= 20


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("<PER Paris Smith > sang .", "Paris:B-PER Smith:I-PER sang:O .:O"),
        ("in <LOC Bath > <ORG Bath > won", "in:O Bath:B-LOC Bath:B-ORG won:O"),
        ("rain", "rain:O"),
    ],
)
def test_spans_become_tags(part, text, pairs):
    assert [":".join(pair) for pair in part("spans").spans(text)] == pairs.split(" ")


# --- pairs


def test_a_sentence_has_one_translation(part):
    """In many more sentences than are shipped, so that no word or rule is ambiguous."""
    module = part("pairs")
    dice = module.Dice(5)
    translation: dict[str, str] = {}
    for _ in range(30_000):
        english, other = module.sentence(dice)
        assert translation.setdefault(english, other) == other


def test_the_verb_comes_last_and_endings_follow_the_stem(part):
    ended = part("pairs").ended
    assert [ended("rufa", "plural", "object"), ended("veli", "plural", "object")] == [
        "rufakan",
        "veliken",
    ]
    assert ended("vish", "past", "3s") == "vishesh"
    assert ended("don", "future", "1p") == "donunaku"
    forms = {
        ended(stem, tense, person)
        for stem in ("dorm", "hih")
        for tense in ("past", "present", "future")
        for person in ("1s", "2s", "3s", "1p", "3p")
    }
    n_seen = 0
    for english, other in pairs("train"):
        words = [word for word in other.split() if word not in ("nu", "ko", ".", "?")]
        if re.search(r"\b(slept|sleep|sleeps|laugh|laughs|laughed)\b", english):
            if re.search(r"\b(but|that)\b", english):
                continue
            n_seen += 1
            assert words[-1] in forms, (english, other)
    assert n_seen > 200


def test_sides_share_no_words_to_copy():
    english, other = (set(" ".join(side).split()) for side in zip(*pairs("train"), strict=True))
    assert {word for word in english & other if word.isalpha()} <= {"on"}


# --- scenes


def caption(scene: dict[str, float]) -> str:
    """What the numbers say, by the thresholds that a reader would draw."""
    colours = {
        (1, 0, 0): "red", (0, 1, 0): "green", (0, 0, 1): "blue", (1, 1, 0): "yellow",
        (0, 0, 0): "black", (1, 1, 1): "white", (1, 0, 1): "purple",
    }  # fmt: skip
    shapes = ("circle", "triangle", "square", "star")

    def thing(number: int) -> str:
        light = tuple(int(scene[f"{colour}{number}"] > 0.45) for colour in "rgb")
        shape = shapes[sum(scene[f"corners{number}"] > edge for edge in (1.5, 3.5, 4.5))]
        size = "large" if scene[f"size{number}"] > 0.16 else "small"
        return f"{size} {colours[light]} {shape}"

    def of_three(place: float, low: str, high: str) -> str:
        return low if place < 0.34 else high if place > 0.66 else ""

    if scene["size2"] == 0:
        side = of_three(scene["x1"], "left", "right")
        height = of_three(scene["y1"], "bottom", "top")
        if side and height:
            return f"a {thing(1)} in the {height} {side} corner"
        if side or height:
            return f"a {thing(1)} {'on the ' + side if side else 'at the ' + height}"
        return f"a {thing(1)} in the middle"
    side = of_three((scene["x1"] + scene["x2"]) / 2, "left", "right")
    where = f"on the {side}" if side else "in the middle"
    across, up = scene["x2"] - scene["x1"], scene["y2"] - scene["y1"]
    vertical = abs(up) > abs(across)
    if thing(1) == thing(2):
        return f"two {thing(1)}s {'one above the other' if vertical else 'side by side'} {where}"
    how = (
        ("below" if up > 0 else "above") if vertical else f"{'left' if across > 0 else 'right'} of"
    )
    return f"a {thing(1)} {how} a {thing(2)} {where}"


@pytest.mark.parametrize("split", SPLITS)
def test_captions_follow_from_the_numbers(split):
    for scene, said in scenes(split):
        assert caption(scene) == said


def test_scenes_have_one_thing_or_two():
    kinds = Counter(
        "two" if said.startswith("two") else said.count("a ") for _, said in scenes("train")
    )
    assert kinds["two"] > 100
    assert all(count > 100 for count in kinds.values())
