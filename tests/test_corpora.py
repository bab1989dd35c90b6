"""The bundled corpora are what their generator makes, and as large as their README says."""

import gzip
import importlib
import importlib.util
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

CORPORA = Path(__file__).parent.parent / "corpora"
LANGUAGES = {"miniworld": 50, "miniworld-ko": 30}  # name -> least count of an analogy word
KOREAN_BARE = "왕 여왕 왕자 공주 남자 여자 아버지 어머니 프랑스 파리 한국 서울"


def sentences(name: str) -> list[str]:
    with gzip.open(CORPORA / f"{name}.txt.gz", "rt", encoding="utf-8") as file:
        return file.read().splitlines()


@pytest.fixture(scope="module")
def counts() -> dict[str, Counter[str]]:
    return {name: Counter(" ".join(sentences(name)).split()) for name in LANGUAGES}


@pytest.fixture
def generator(monkeypatch):
    monkeypatch.syspath_prepend(CORPORA)  # its parts import each other by name
    spec = importlib.util.spec_from_file_location("miniworld", CORPORA / "miniworld.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_shipped_files_are_what_the_generator_makes(generator, capsys):
    assert generator.main(["--check"]) == 0
    assert capsys.readouterr().out == ""


def test_check_names_a_changed_and_a_missing_file(generator, tmp_path, monkeypatch, capsys):
    small = generator.make(n_english=2_000, n_korean=2_000)
    monkeypatch.setattr(generator, "make", lambda: small)
    assert generator.main(["--out", str(tmp_path)]) == 0
    assert generator.main(["--out", str(tmp_path), "--check"]) == 0
    (tmp_path / "miniworld.pairs.tsv").write_text("king\tqueen\t0\n")
    (tmp_path / "miniworld-ko.txt.gz").unlink()
    capsys.readouterr()
    assert generator.main(["--out", str(tmp_path), "--check"]) == 1
    complaint = capsys.readouterr().out
    assert "miniworld.pairs.tsv" in complaint
    assert "miniworld-ko.txt.gz" in complaint
    assert complaint.count("\n") == 2


@pytest.mark.parametrize("seed", [1, 7])
def test_same_seed_same_text(generator, seed):
    size = {"n_english": 20_000, "n_korean": 10_000}
    first = generator.make(seed, **size)
    assert generator.make(seed, **size) == first
    assert generator.make(seed + 1, **size)["miniworld.txt.gz"] != first["miniworld.txt.gz"]


def test_gzip_carries_no_time_and_no_name(generator):
    compress = importlib.import_module("shipping").compress  # the generator's folder is on the path
    data = compress("king queen\n")
    assert data == compress("king queen\n")
    assert data[3:8] == bytes(5)  # flags (no name), then four bytes of time


@pytest.mark.parametrize("name", LANGUAGES)
def test_counts_are_as_the_readme_says(name, counts):
    row = re.search(
        rf"`{name}\.txt\.gz` \|.*\| ([\d,]+) tokens, ([\d,]+) types, ([\d,]+) lines",
        (CORPORA / "README.md").read_text(encoding="utf-8"),
    )
    promised = [int(number.replace(",", "")) for number in row.groups()]
    assert promised == [counts[name].total(), len(counts[name]), len(sentences(name))]


@pytest.mark.parametrize("name", LANGUAGES)
def test_sentences_are_plain(name):
    for sentence in sentences(name):
        assert sentence == " ".join(sentence.split()) != ""
        assert sentence == unicodedata.normalize("NFC", sentence).lower()
        assert "[" not in sentence


@pytest.mark.parametrize("name", LANGUAGES)
def test_analogies_ask_about_frequent_words(name, counts):
    text = (CORPORA / f"{name}.analogies.txt").read_text(encoding="utf-8")
    questions = [line.split() for line in text.splitlines() if not line.startswith(": ")]
    assert len(questions) == len({tuple(question) for question in questions}) > 500
    for question in questions:
        assert len(set(question)) == 4
        assert min(counts[name][word] for word in question) >= LANGUAGES[name]
    sections = re.findall(r"^: (\S+)$", text, re.MULTILINE)
    assert len(sections) == len(set(sections)) >= 8
    assert not re.search(r"^: .*\n(:|\Z)", text, re.MULTILINE), "an empty section"


@pytest.mark.parametrize("name", LANGUAGES)
def test_neighbours_are_words_of_the_corpus(name, counts):
    lines = (CORPORA / f"{name}.neighbours.tsv").read_text(encoding="utf-8").splitlines()
    sets = {word: company.split(",") for word, company in (line.split("\t") for line in lines)}
    assert len(sets) == len(lines) >= 50
    for word, company in sets.items():
        assert word not in company
        assert len(company) == len(set(company)) >= 5
        assert all(counts[name][other] >= 5 for other in [word, *company])
    if name == "miniworld":
        assert {"queen", "prince", "princess", "throne", "crown", "palace"} <= set(sets["king"])
    else:
        assert {"여왕", "왕자", "공주", "궁전"} <= set(sets["왕"])


def test_pairs_are_rated_once(counts):
    text = (CORPORA / "miniworld.pairs.tsv").read_text(encoding="utf-8")
    rated = [line.split("\t") for line in text.splitlines()]
    assert len(rated) == len({frozenset(pair[:2]) for pair in rated}) == 300
    for first, second, score in rated:
        assert min(counts["miniworld"][first], counts["miniworld"][second]) >= 50
        assert 0 <= float(score) <= 10


def test_korean_nouns_stand_bare(counts):
    assert min(counts["miniworld-ko"][noun] for noun in KOREAN_BARE.split()) >= 30


@pytest.mark.parametrize(
    ("phrase", "forms"),
    [
        ("walk home", ["walks home", "walked home", "walking home"]),
        ("cry", ["cries", "cried", "crying"]),
        ("dance", ["dances", "danced", "dancing"]),
        ("wag its tail", ["wags its tail", "wagged its tail", "wagging its tail"]),
        ("ride a pony", ["rides a pony", "rode a pony", "riding a pony"]),
    ],
)
def test_verbs_inflect(generator, phrase, forms):
    en = generator.miniworld_en
    assert [en.third(phrase), en.past(phrase), en.ing(phrase)] == forms


@pytest.mark.parametrize(
    ("noun", "subject", "object_"), [("왕", "왕이", "왕을"), ("공주", "공주가", "공주를")]
)
def test_particles_follow_the_last_sound(generator, noun, subject, object_):
    particles = generator.miniworld_ko.PARTICLES
    assert particles["ga"](noun) == subject
    assert particles["reul"](noun) == object_


def test_articles_follow_the_next_sound(generator):
    article = generator.miniworld_en.article
    assert article("a apple and a pear and a unicorn") == "an apple and a pear and a unicorn"
