"""Data sets of local files: what each file gives, where files are looked for, what is refused."""

import gzip
import importlib
import io
import json
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path

import pytest
from torch.utils.data import DataLoader

from textseq.compat.torchtext import datasets
from textseq.compat.torchtext.data import to_map_style_dataset
from textseq.compat.torchtext.datasets import (
    AG_NEWS,
    CC100,
    DATASETS,
    IMDB,
    QQP,
    SST2,
    CoNLL2000Chunking,
    EnWik9,
    Multi30k,
    SQuAD2,
    WikiText2,
)

NLI_HEADER = "label\tb\tc\td\te\ts1\ts2\n"
# Of each data set a split, its file, what is in it, and what comes of it.
FILES = {
    "AG_NEWS": ("test", "test.csv", '"3","A ""b""","c\\d, e"\n"1","x","y"\n',
                [(3, 'A "b" c\\d, e'), (1, "x y")]),
    "AmazonReviewFull": ("train", "amazon_review_full_csv/train.csv", '"5","a","b"\n',
                         [(5, "a b")]),
    "AmazonReviewPolarity": ("test", "amazon_review_polarity_csv/test.csv", '"2","a",""\n',
                             [(2, "a ")]),
    "CoLA": ("dev", "cola_public/raw/in_domain_dev.tsv",
             'h\nx\t1\t\tHe "left\ny\t0\t*\tHe\nbad\t1\n', [("x", 1, 'He "left'), ("y", 0, "He")]),
    "CoNLL2000Chunking": ("train", "train.txt", "He PRP B-NP\nsat VBD B-VP\n\n\nHi UH O\n",
                          [[["He", "sat"], ["PRP", "VBD"], ["B-NP", "B-VP"]],
                           [["Hi"], ["UH"], ["O"]]]),
    "DBpedia": ("train", "dbpedia_csv/train.csv", '14,"a","b"\n', [(14, "a b")]),
    "MNLI": ("dev_matched", "multinli_1.0/multinli_1.0_dev_matched.txt",
             NLI_HEADER + 'neutral\t\t\t\t\t"A\tB"\n-\t\t\t\t\tA\tB\n', [(1, '"A', 'B"')]),
    "MRPC": ("test", "msr_paraphrase_test.txt", '\ufeffQ\tI\tJ\tS\tT\n1\t2\t3\tA "b\tC\n',
             [(1, 'A "b', "C")]),
    "PennTreebank": ("valid", "ptb.valid.txt", " no it was n't \n <unk> \n",
                     ["no it was n't", "<unk>"]),
    "QNLI": ("train", "QNLI/train.tsv", "h\n0\tWho?\tHe.\tentailment\n", [(0, "Who?", "He.")]),
    "QQP": ("train", "quora_duplicate_questions.tsv", 'h\n0\t1\t2\tA?\t"B\nC?"\t1\n',
            [(1, "A?", "B\nC?")]),
    "RTE": ("test", "RTE/test.tsv", "h\n0\tA\tB\n", [("A", "B")]),
    "SogouNews": ("test", "sogou_news_csv/test.csv", '"1","a","b"\n', [(1, "a b")]),
    "SST2": ("train", "SST-2/train.tsv", "sentence\tlabel\na fine film \t1\n",
             [("a fine film", 1)]),
    "STSB": ("dev", "stsbenchmark/sts-dev.csv", 'g\tf\ty\t0001\t3.5\tA "x\tB\n',
             [(1, 3.5, 'A "x', "B")]),
    "UDPOS": ("valid", "en-ud-v2/en-ud-tag.v2.dev.txt", "From\tADP\tIN\n\n",
              [[["From"], ["ADP"], ["IN"]]]),
    "WikiText103": ("test", "wikitext-103/wiki.test.tokens", " \n = A = \n", [" \n", " = A = \n"]),
    "WikiText2": ("valid", "wiki.valid.tokens", " = A = \n a <unk>", [" = A = \n", " a <unk>"]),
    "WNLI": ("train", "WNLI/train.tsv", "h\n0\tA\tB\t1\n", [(1, "A", "B")]),
    "YahooAnswers": ("train", "yahoo_answers_csv/train.csv", '"9","q","r","a"\n', [(9, "q r a")]),
    "YelpReviewFull": ("test", "yelp_review_full_csv/test.csv", '"4","a"\n', [(4, "a")]),
    "YelpReviewPolarity": ("test", "yelp_review_polarity_csv/test.csv", '"2","a"\n', [(2, "a")]),
}  # fmt: skip


def put(root: Path, name: str, file: str, content: str) -> Path:
    path = root / "datasets" / name / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8", newline="")
    return path


@pytest.mark.parametrize("name", FILES)
def test_rows(name: str, tmp_path: Path):
    split, file, content, rows = FILES[name]
    put(tmp_path, name, file, content)
    data = DATASETS[name](root=tmp_path, split=split)
    assert list(data) == rows
    assert list(data) == rows  # a second time
    assert list(pickle.loads(pickle.dumps(data))) == rows  # in another process
    (same,) = DATASETS[name](root=str(tmp_path), split=(split,))
    assert list(same) == rows


def test_all_of_torchtexts_names_are_there():
    assert len(datasets.__all__) == 31
    assert list(DATASETS) == datasets.__all__
    own = {"CC100", "EnWik9", "IMDB", "Multi30k", "SQuAD1", "SQuAD2"}
    assert {*FILES, *own, "CNNDM", "IWSLT2016", "IWSLT2017"} == set(DATASETS)
    assert AG_NEWS.__name__ == "AG_NEWS"
    for name, function in DATASETS.items():
        module = importlib.import_module(f"textseq.compat.torchtext.datasets.{name.lower()}")
        assert getattr(module, name) is function
    assert "train, test" in str(AG_NEWS.__doc__)


def test_splits(tmp_path: Path):
    for split in ("train", "dev", "test"):
        content = "h\tl\na\t1\n" if split != "test" else "i\ts\n0\tb \n"
        put(tmp_path, "SST2", f"SST-2/{split}.tsv", content)
    train, dev, test = SST2(root=tmp_path)
    assert (list(train), list(dev), list(test)) == ([("a", 1)], [("a", 1)], [("b",)])
    with pytest.raises(TypeError, match="SST2 has no split 'valid'; there are train, dev, test"):
        SST2(root=tmp_path, split="valid")
    put(tmp_path, "QQP", "quora_duplicate_questions.tsv", "h\n0\t1\t2\tA\tB\t0\n")
    assert list(QQP(tmp_path)) == [(0, "A", "B")]


# ---- data sets of more than a file


def test_imdb_in_folders_and_in_an_archive(tmp_path: Path):
    reviews = {"neg/0_1.txt": "bad", "neg/1_2.txt": "dull\n", "pos/0_9.txt": "good <br /> so"}
    found = [(1, "bad"), (1, "dull"), (2, "good <br /> so")]
    for name, text in reviews.items():
        put(tmp_path / "a", "IMDB", f"aclImdb/train/{name}", text)
        fetched = tmp_path / "b" / "train" / name
        fetched.parent.mkdir(parents=True, exist_ok=True)
        fetched.write_text(text)
    assert list(IMDB(tmp_path / "a", "train")) == found
    assert list(IMDB(tmp_path / "b", "train")) == found
    home = tmp_path / "c/datasets/IMDB"
    home.mkdir(parents=True)
    with tarfile.open(home / "aclImdb_v1.tar.gz", "w:gz") as archive:
        for name, text in reviews.items():
            member = tarfile.TarInfo(f"aclImdb/test/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    assert list(IMDB(tmp_path / "c", "test")) == found


def test_imdb_as_torchtext_has_unpacked_it(tmp_path: Path):
    put(tmp_path, "IMDB", "aclImdb_v1/train/neg", "bad\ndull\n")
    put(tmp_path, "IMDB", "aclImdb_v1/train/pos", "good\n")
    assert list(IMDB(tmp_path, "train")) == [(1, "bad"), (1, "dull"), (2, "good")]


@pytest.mark.parametrize("test_file", ["test.{}", "test_2016_flickr.{}.gz"])
def test_multi30k(test_file: str, tmp_path: Path):
    for part in ("train", "val"):
        put(tmp_path, "Multi30k", f"{part}.de", "Ein Hund.\nZwei.\n")
        put(tmp_path, "Multi30k", f"{part}.en", "A dog.\nTwo.\n")
    home = tmp_path / "datasets/Multi30k"
    for language in ("de", "en"):
        content = f"one {language}\n".encode()
        path = home / test_file.format(language)
        path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    train, valid, test = Multi30k(root=tmp_path)
    assert list(train) == list(valid) == [("Ein Hund.", "A dog."), ("Zwei.", "Two.")]
    assert list(test) == [("one de", "one en")]
    turned = Multi30k(root=tmp_path, split="test", language_pair=("en", "de"))
    assert list(turned) == [("one en", "one de")]
    with pytest.raises(AssertionError, match="language_pair is"):
        Multi30k(root=tmp_path, language_pair=("de", "fr"))


def test_files_that_are_no_pairs(tmp_path: Path):
    put(tmp_path, "Multi30k", "val.de", "Ein Hund.\nZwei.\n")
    put(tmp_path, "Multi30k", "val.en", "A dog.\n")
    pairs = iter(Multi30k(tmp_path, "valid"))
    assert next(pairs) == ("Ein Hund.", "A dog.")
    with pytest.raises(ValueError, match=r"val.de and .*val.en are no pairs.* no line 2"):
        next(pairs)


def test_lines(tmp_path: Path):
    put(tmp_path, "EnWik9", "enwik9", "<a>\n\n b \r\n")
    assert list(EnWik9(tmp_path)) == ["<a>", "", " b "]
    (tmp_path / "datasets/CC100").mkdir()
    (tmp_path / "datasets/CC100/ko.txt.xz").write_bytes(lzma.compress("가\n\n나".encode()))
    assert list(CC100(tmp_path, "ko")) == [("ko", "가"), ("ko", ""), ("ko", "나")]
    with pytest.raises(ValueError, match="Invalid language code"):
        CC100(tmp_path, "../ko")


def test_squad(tmp_path: Path):
    asked = [
        {"question": "Who?", "answers": [{"text": "He", "answer_start": 0}]},
        {"question": "Why?", "answers": []},
    ]
    held = {"data": [{"paragraphs": [{"context": "He sat.", "qas": asked}]}]}
    path = put(tmp_path, "SQuAD2", "dev-v2.0.json", json.dumps(held))
    assert list(SQuAD2(tmp_path, "dev")) == [
        ("He sat.", "Who?", ["He"], [0]), ("He sat.", "Why?", [""], [-1]),
    ]  # fmt: skip
    for wrong in ("", "[]", '{"data": [1]}', '{"data": [{"paragraphs": [{"context": "a"}]}]}'):
        path.write_text(wrong)
        with pytest.raises(ValueError, match=r"dev-v2.0.json is not SQuAD's JSON"):
            list(SQuAD2(tmp_path, "dev"))


# ---- where, and what else


def test_where_fetch_has_put_it(tmp_path: Path):
    (tmp_path / "train.csv").write_text('"1","a","b"\n')
    assert list(AG_NEWS(tmp_path, "train")) == [(1, "a b")]
    put(tmp_path, "AG_NEWS", "train.csv", '"2","c","d"\n')
    assert list(AG_NEWS(tmp_path, "train")) == [(2, "c d")]  # its own place comes first
    (tmp_path / "train.txt").write_text("a A O\n")
    with pytest.raises(FileNotFoundError, match="it is not downloaded here"):
        CoNLL2000Chunking(tmp_path, "train")  # whose file lies there is not known


def test_the_usual_root_is_torchs_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    put(tmp_path / "text", "AG_NEWS", "train.csv", '"1","a","b"\n')
    assert list(AG_NEWS(split="train")) == [(1, "a b")]
    with pytest.raises(FileNotFoundError) as error:
        AG_NEWS(split="test")
    home = tmp_path / "text/datasets/AG_NEWS"
    assert str(error.value) == (
        f"AG_NEWS is test.csv in {home}, which is not there; "
        f"`textseq corpora fetch ag-news --out {home}` brings it"
    )


def test_an_archive_is_unpacked_once(tmp_path: Path):
    home = tmp_path / "datasets/WikiText2"
    home.mkdir(parents=True)
    with zipfile.ZipFile(home / "wikitext-2-v1.zip", "w") as archive:
        archive.writestr("wikitext-2/wiki.test.tokens", " = A = \n")
        archive.writestr("wikitext-2/wiki.valid.tokens", " = B = \n")
    valid = WikiText2(tmp_path, "valid")
    (home / "wikitext-2-v1.zip").unlink()
    assert list(valid) == [" = B = \n"]
    assert list(WikiText2(tmp_path, "test")) == [" = A = \n"]


def test_what_a_killed_process_has_unpacked_is_no_data(tmp_path: Path):
    put(tmp_path, "SST2", ".unpack.x1/SST-2/train.tsv", "sentence\tlabel\nhalf\t1\n")
    with pytest.raises(FileNotFoundError, match=r"SST-2/train.tsv or SST-2.zip"):
        SST2(tmp_path, "train")


def test_a_bad_archive_leaves_nothing(tmp_path: Path):
    home = tmp_path / "datasets/WikiText2"
    home.mkdir(parents=True)
    with zipfile.ZipFile(home / "wikitext-2-v1.zip", "w") as archive:
        archive.writestr("../wiki.test.tokens", "x")
    with pytest.raises(ValueError, match="leads out of it"):
        WikiText2(tmp_path, "test")
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["wikitext-2-v1.zip"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'"x","a"\n', r"train.csv, line 1 is no row of this data set: ValueError"),
        (b'"1","a"\n"2","b\xff"\n', r"train.csv is not UTF-8"),
        (b'"1","' + b"a" * 200_000 + b'"\n', r"train.csv, line 1 is no row.*field limit"),
    ],
)
def test_bad_rows_are_named(content: bytes, message: str, tmp_path: Path):
    put(tmp_path, "AG_NEWS", "train.csv", "").write_bytes(content)
    with pytest.raises(ValueError, match=message):
        list(AG_NEWS(tmp_path, "train"))


def test_too_few_cells(tmp_path: Path):
    put(tmp_path, "RTE", "RTE/train.tsv", "h\n0\tA\tB\n")
    with pytest.raises(
        ValueError, match=r"train.tsv, line 2 is no row of this data set: IndexError"
    ):
        list(datasets.RTE(tmp_path, "train"))


def test_those_that_are_refused_say_what_works():
    for name in ("CNNDM", "IWSLT2016", "IWSLT2017"):
        with pytest.raises(NotImplementedError, match=f"{name} is not read here; .*from_parallel"):
            DATASETS[name](split="train")


def test_loaders_shuffle_and_part_them(tmp_path: Path):
    rows = "".join(f'"1","{number}","x"\n' for number in range(20))
    put(tmp_path, "AG_NEWS", "train.csv", rows)
    data = AG_NEWS(tmp_path, "train")
    in_order = [text for _, text in data]
    loader = DataLoader(data, batch_size=None, num_workers=2, multiprocessing_context="fork")
    assert sorted(text for _, text in loader) == sorted(in_order)  # each row once
    shuffled = [text for _, text in DataLoader(data, batch_size=None, shuffle=True)]
    assert sorted(shuffled) == sorted(in_order) != shuffled != in_order
    assert [len(batch) for batch in data.map(len).batch(8)] == [8, 8, 4]
    assert len(to_map_style_dataset(data)) == 20
