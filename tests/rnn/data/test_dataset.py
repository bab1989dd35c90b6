"""SequenceDataset: what comes out of texts, tables, folders, parallel files and treebanks."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from textseq.config import TextConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.text.encode import encode_files, encode_lines
from textseq.text.reading.corpus import read_lines
from textseq.text.vocab import Vocab

EVERY_WORD = TextConfig(min_count=1)


def words(dataset: SequenceDataset) -> list[str]:
    return [" ".join(dataset.vocab.decode(example.inputs)) for example in dataset]


def labels(dataset: SequenceDataset) -> list[str]:
    assert dataset.label_vocab is not None
    return dataset.label_vocab.decode(dataset.labels)


# --- texts


def test_texts_and_labels():
    texts = ["good film", "bad", "", "한국 영화"]
    train = SequenceDataset.from_texts(iter(texts), ["pos", "neg", "neg", "pos"], config=EVERY_WORD)
    assert words(train) == texts
    assert train.labels.tolist() == [1, 0, 0, 1]
    assert train.label_vocab.tokens == ["neg", "pos"]
    test = SequenceDataset.from_texts(
        ["bad play"], ["pos"], config=EVERY_WORD, vocab=train.vocab, label_vocab=train.label_vocab
    )
    assert words(test) == ["bad <unk>"]
    assert test.labels.tolist() == [1]
    with pytest.raises(ValueError, match="label 'mixed'"):
        SequenceDataset.from_texts(
            ["a"], ["mixed"], label_vocab=train.label_vocab, vocab=train.vocab
        )


def test_other_targets():
    texts = ["a", "b"]
    assert SequenceDataset.from_texts(texts, config=EVERY_WORD).target_kind == "none"
    values = SequenceDataset.from_texts(texts, values=[1, 2.5], config=EVERY_WORD)
    assert values.batch([1, 0]).targets.tolist() == [2.5, 1.0]
    numbers = SequenceDataset.from_texts(texts, np.array([10, 9]), config=EVERY_WORD)
    assert labels(numbers) == ["10", "9"]
    assert numbers.labels.tolist() == [1, 0]
    with pytest.raises(ValueError, match="one kind of target"):
        SequenceDataset.from_texts(texts, ["x", "y"], values=[1, 2])
    with pytest.raises(ValueError, match="2 inputs but 1 targets"):
        SequenceDataset.from_texts(texts, ["x"], config=EVERY_WORD)
    with pytest.raises(ValueError, match="min_count is 5; lower it"):
        SequenceDataset.from_texts(texts)


def test_pairs_have_bos_and_eos_on_the_target_side():
    dataset = SequenceDataset.from_texts(
        ["A b"], pairs=["X y"], config=EVERY_WORD, target_config=EVERY_WORD.replace(lowercase=True)
    )
    assert dataset.vocab.bos_id is None
    assert dataset.target_vocab.tokens == ["<pad>", "<unk>", "<bos>", "<eos>", "x", "y"]
    assert dataset[0].target.tolist() == [4, 5]
    given = SequenceDataset.from_texts(
        ["b"],
        pairs=["y"],
        config=EVERY_WORD,
        vocab=dataset.vocab,
        target_vocab=dataset.target_vocab,
    )
    assert given[0].target.tolist() == [5]
    assert given.target_vocab is dataset.target_vocab


def test_awkward_texts_are_one_example_each():
    texts = [
        "a\nb",
        "x\r",
        "\x00",
        "c\u2028d",
        "\u1112\u1161\u11ab",
        "👩‍👩‍👧",
        "हिन्दी",
        "مرحبا",
        "w" * 100_000,
    ]
    config = TextConfig(tokenizer="char", min_count=1)
    dataset = SequenceDataset.from_texts(texts, range(9), config=config)
    assert len(dataset) == 9
    assert dataset[4].inputs.tolist() == [dataset.vocab["한"]]
    assert dataset[8].inputs.shape == (100_000,)
    assert min(dataset.batch(range(9)).lengths.tolist()) == 1


def test_encoded_before(tmp_path: Path):
    corpus = encode_files(iter(["a b", "c"]), EVERY_WORD, tmp_path / "corpus")
    dataset = SequenceDataset(corpus, np.array([1, 0]))
    assert np.shares_memory(dataset[0].inputs, corpus.ids)
    assert words(dataset) == ["a b", "c"]


def test_a_trained_tokenizer_is_taken_over():
    config = TextConfig(tokenizer="bpe", subword_vocab=40, min_count=1)
    texts = ["low lower lowest", "new newer newest"] * 5
    train = SequenceDataset.from_texts(texts, pairs=texts, config=config)
    given = {"vocab": train.vocab, "target_vocab": train.target_vocab}
    test = SequenceDataset.from_texts(
        texts[:2],
        pairs=texts[:2],
        config=train.text_config,
        target_config=train.target_text_config,
        **given,
    )
    assert [example.inputs.tolist() for example in test] == [
        train[row].inputs.tolist() for row in range(2)
    ]
    assert test[1].target.tolist() == train[1].target.tolist()
    with pytest.raises(ValueError, match="no bpe that makes its tokens; take the config"):
        SequenceDataset.from_texts(texts, config=config, vocab=train.vocab)


# --- files


def test_tables(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('title,text,label,score,who\nA,"b, c",y,0.5,u1\nD,e,x,-1,u1\nF,g,x,2e0,u2\n')
    dataset = SequenceDataset.from_table(path, config=EVERY_WORD, group="who")
    assert words(dataset) == ["b, c", "e", "g"]
    assert labels(dataset) == ["y", "x", "x"]
    assert dataset.groups.tolist() == [0, 0, 1]
    both = SequenceDataset.from_table(path, ["title", "text"], None, config=EVERY_WORD)
    assert words(both) == ["A b, c", "D e", "F g"]
    assert both.target_kind == "none"
    scored = SequenceDataset.from_table(path, value="score", config=EVERY_WORD)
    assert scored.batch(range(3)).targets.tolist() == [0.5, -1.0, 2.0]
    paired = SequenceDataset.from_table(path, "title", pair="text", config=EVERY_WORD)
    assert paired.target_kind == "sequences"
    numbered = SequenceDataset.from_table(path, 1, 2, header=True, config=EVERY_WORD)
    assert words(numbered) == words(dataset)
    with pytest.raises(ValueError, match=r"a\.csv, line 2: 'b, c' is no finite number"):
        SequenceDataset.from_table(path, "title", value="text", config=EVERY_WORD)


def test_labels_that_are_missing_or_unknown(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text('text,label\n"b\nc",y\n\nd,x\n')
    known = {"config": EVERY_WORD, "label_vocab": Vocab(["y", "z"], specials=())}
    with pytest.raises(ValueError, match=r"a\.csv, line 5: label 'x' is none of 'y', 'z'; a Vocab"):
        SequenceDataset.from_table(path, **known)
    lenient = Vocab(["<unk>", "y"], specials=("<unk>",))
    dataset = SequenceDataset.from_table(path, config=EVERY_WORD, label_vocab=lenient)
    assert dataset.labels.tolist() == [1, 0]
    path.write_text("text,label\nb,y\nc, \n")
    with pytest.raises(ValueError, match=r"a\.csv, line 3: the label is missing; fill it in"):
        SequenceDataset.from_table(path, config=EVERY_WORD)
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "b", "label": null}\n')
    with pytest.raises(ValueError, match=r"a\.jsonl, line 1: the label is missing"):
        SequenceDataset.from_table(path, config=EVERY_WORD)
    assert len(SequenceDataset.from_table(path, label=None, config=EVERY_WORD)) == 1
    (tmp_path / "folder" / "x").mkdir(parents=True)
    (tmp_path / "folder" / "x" / "1.txt").write_text("b")
    with pytest.raises(ValueError, match=r"folder.x: label 'x' is none of 'y', 'z'"):
        SequenceDataset.from_folder(tmp_path / "folder", **known)
    path = tmp_path / "a.conll"
    path.write_text("b x\n")
    with pytest.raises(ValueError, match=r"a\.conll: label 'x' \(number 0\) is none of 'y', 'z'"):
        SequenceDataset.from_conll(path, **known)


@pytest.mark.parametrize("tokenizer", ["word", "bpe"])
def test_files_without_words_are_named(tmp_path: Path, tokenizer: str):
    config = TextConfig(tokenizer=tokenizer, min_count=1)
    paths = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv", "d.csv")]
    for path in paths:
        path.write_text("text,label\n ,y\n")
    with pytest.raises(ValueError, match=r"a\.csv: no words in the lines given$"):
        SequenceDataset.from_table(paths[0], config=config)
    with pytest.raises(ValueError, match=r"a\.csv, .*b\.csv, .*c\.csv and 1 more: no words in"):
        SequenceDataset.from_table(list(paths), config=config)
    paths[0].write_text("\n")
    paths[1].write_text("")
    with pytest.raises(ValueError, match=r"a\.csv has 1 lines"):
        SequenceDataset.from_parallel(paths[0], paths[1], config=config)
    paths[1].write_text("\n")
    with pytest.raises(ValueError, match=r"a\.csv, .*b\.csv: no words in the lines given$"):
        SequenceDataset.from_parallel(paths[0], paths[1], config=config)
    (tmp_path / "folder" / "x").mkdir(parents=True)
    (tmp_path / "folder" / "x" / "1.txt").write_text("\n")
    with pytest.raises(ValueError, match=r"folder: no words in the lines given$"):
        SequenceDataset.from_folder(tmp_path / "folder", config=config)
    for read in (SequenceDataset.from_conll, SequenceDataset.from_conllu):
        with pytest.raises(ValueError, match=r"a\.csv: there are no tokens in the sentences"):
            read(paths[0], config=config)


def test_the_encoding_is_the_configs(tmp_path: Path):
    path = tmp_path / "a.tsv"
    path.write_bytes("caf\xe9\t1\n".encode("cp1252"))
    config = EVERY_WORD.replace(encoding="cp1252")
    assert words(SequenceDataset.from_table(path, 0, 1, config=config)) == ["café"]
    with pytest.raises(ValueError, match="not utf-8"):
        SequenceDataset.from_table(path, 0, 1, config=EVERY_WORD)


def test_a_folder_of_folders(tmp_path: Path):
    for name, text in {
        "pos/2.txt": "good\r\nfilm\n",
        "pos/10.txt": "fine",
        "neg/1.txt": "bad",
        "unsup/1.txt": "so",
        ".hidden/1.txt": "no",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(text.encode())
    dataset = SequenceDataset.from_folder(tmp_path, ["neg", "pos"], config=EVERY_WORD)
    assert words(dataset) == ["bad", "fine", "good film"]
    assert labels(dataset) == ["neg", "pos", "pos"]
    assert dataset.text_config.unit == "file"
    assert len(SequenceDataset.from_folder(tmp_path, config=EVERY_WORD)) == 4
    with pytest.raises(ValueError, match="no sub-folders"):
        SequenceDataset.from_folder(tmp_path / "pos")
    with pytest.raises(FileNotFoundError, match="no folder"):
        SequenceDataset.from_folder(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match=r"'.*mixed'"):
        SequenceDataset.from_folder(tmp_path, ["mixed"])


def test_parallel_files(tmp_path: Path):
    (tmp_path / "a.en").write_text("one\n\ntwo three\n")
    (tmp_path / "a.de").write_text("eins\nzwei\n\n")
    dataset = SequenceDataset.from_parallel(tmp_path / "a.en", tmp_path / "a.de", config=EVERY_WORD)
    assert dataset.lengths.tolist() == [[1, 1], [0, 1], [2, 0]]
    (tmp_path / "a.de").write_text("eins\n")
    with pytest.raises(ValueError, match=r"a\.en has 3 lines, .*a\.de has 1"):
        SequenceDataset.from_parallel(tmp_path / "a.en", tmp_path / "a.de", config=EVERY_WORD)


def test_tagged_sentences(tmp_path: Path):
    path = tmp_path / "a.txt"
    path.write_text("en:New\tB-LOC\nen:York\tI-LOC\n\nen:ja\tO\n")
    train = SequenceDataset.from_conll(path, strip_prefix="en:", config=EVERY_WORD)
    assert words(train) == ["New York", "ja"]
    assert train.label_vocab.tokens == ["B-LOC", "I-LOC", "O"]
    assert [example.target.tolist() for example in train] == [[0, 1], [2]]
    sentences = [(["ja", "New"], ["O", "O"])]
    test = SequenceDataset.from_sentences(
        sentences, config=EVERY_WORD, vocab=train.vocab, label_vocab=train.label_vocab
    )
    assert test[0].inputs.tolist() == [train.vocab["ja"], train.vocab["New"]]
    with pytest.raises(ValueError, match="line 0 has 2 tokens but 1 tags"):
        SequenceDataset.from_sentences([(["a", "b"], ["O"])], config=EVERY_WORD)
    lenient = Vocab(["<unk>", "O"], specials=("<unk>",))
    dataset = SequenceDataset.from_conll(path, config=EVERY_WORD, label_vocab=lenient)
    assert [example.target.tolist() for example in dataset] == [[0, 0], [1]]


# --- real data


def test_real_reviews(data: Path):
    config = TextConfig(min_count=2)
    train = SequenceDataset.from_table(data / "sst2" / "train.tsv", 0, 1, config=config)
    assert len(train) == 6920
    assert np.bincount(train.labels).tolist() == [3310, 3610]
    test = SequenceDataset.from_table(
        data / "sst2" / "test.tsv",
        0,
        1,
        config=config,
        vocab=train.vocab,
        label_vocab=train.label_vocab,
    )
    assert len(test) == 1821


def test_real_reviews_in_cp1252(data: Path):
    config = TextConfig(encoding="cp1252", errors="replace")
    paths = [data / "mr_polarity" / f"rt-polarity.{name}" for name in ("neg", "pos")]
    texts = [list(read_lines(path, config)) for path in paths]
    assert [len(side) for side in texts] == [5331, 5331]
    dataset = SequenceDataset.from_texts(
        texts[0] + texts[1], [0] * 5331 + [1] * 5331, config=config
    )
    assert len(dataset) == 10_662


def test_real_news(data: Path):
    train = SequenceDataset.from_table(data / "agnews" / "ag_small.train.csv.gz", 0, 1)
    assert len(train) == 5000
    assert train.label_vocab.tokens == ["0", "1", "2", "3"]
    test = data / "agnews" / "ag_news_csv.test.csv.gz"
    with pytest.raises(ValueError, match=r"test\.csv\.gz, line \d+: label '4' is none of '0', '1'"):
        SequenceDataset.from_table(
            test, (1, 2), 0, label_vocab=train.label_vocab, vocab=train.vocab
        )
    dataset = SequenceDataset.from_table(test, (1, 2), 0)
    assert np.bincount(dataset.labels).tolist() == [1900] * 4


def test_real_treebank_and_translations(data: Path):
    path = data / "ud_english_ewt" / "en_ewt-ud-dev.conllu.gz"
    tagged = SequenceDataset.from_conllu(path, config=EVERY_WORD)
    assert (len(tagged), tagged.lengths.sum(), len(tagged.label_vocab)) == (2001, 25_147, 17)
    folder = data / "multi30k_en_de"
    pairs = SequenceDataset.from_parallel(folder / "val.en.gz", folder / "val.de.gz")
    assert len(pairs) == 1014
    batch = pairs.batch(range(64))
    assert batch.lengths.min() > 0
    assert batch.target_mask.sum() == batch.target_lengths.sum()


def test_lines_and_texts_give_the_same_ids():
    texts = ["a b", "b"]
    corpus = encode_lines(texts, EVERY_WORD)
    dataset = SequenceDataset.from_texts(texts, config=EVERY_WORD)
    assert dataset.inputs.ids.tolist() == corpus.ids.tolist()


def test_target_texts_are_kept_as_given():
    given = ["The  CAT\tsat.", "", "The Un\u00adknown e\u0301"]
    config = TextConfig(lowercase=True, min_count=2, tokenizer="word")
    dataset = SequenceDataset.from_texts(["a"] * 3, pairs=iter(given), config=config)
    assert dataset.target_texts == given
    assert dataset.select([2, 0]).select([1]).target_texts == given[:1]
    assert pickle.loads(pickle.dumps(dataset)).target_texts == given
    config = config.replace(min_count=1)
    tokens = SequenceDataset.from_texts([["a"], ["b"]], pairs=[["c", "d"], []], config=config)
    assert tokens.target_texts == ["c d", ""]
    assert SequenceDataset(dataset.inputs, dataset.targets).target_texts is None
    with pytest.raises(ValueError, match="3 inputs but 2 target texts"):
        SequenceDataset(dataset.inputs, dataset.targets, target_texts=given[:2])
    with pytest.raises(ValueError, match="target_texts go with target texts"):
        SequenceDataset(dataset.inputs, target_texts=given)
