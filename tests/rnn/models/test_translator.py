"""The translator: its loss by hand, its answers alone and in company, its folder, a small task."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.config import RNNConfig, TextConfig, TrainConfig
from textseq.rnn.data.dataset import Prepare, SequenceDataset
from textseq.rnn.data.pairs import as_in, read_pairs
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.translator import Translator
from textseq.rnn.tasks.table import pipeline_of
from textseq.rnn.training.fit import fit
from textseq.text.vocab import Vocab

CONFIG = TextConfig(min_count=1)
SMALL = RNNConfig(cell="gru", hidden=6, dim=5)
SOURCES = ["a b c", "b", "c c a b a", "a\u2028b 안녕 🙂", "d"]
TARGETS = ["x y", "y z z z", "x", "안녕 y", "नमस्ते"]
DATA = SequenceDataset.from_texts(SOURCES, pairs=TARGETS, config=CONFIG)
AWKWARD = ["", "a", "unknown words only", "a b " * 40, "\x00", "b\r", "\u1112\u1161", "c"]


def make(rnn: RNNConfig = SMALL, **options: Any) -> Translator:
    return Translator.for_dataset(DATA, rnn, **options).eval()


@pytest.fixture(autouse=True)
def one_thread():
    torch.set_num_threads(1)


def test_the_loss_is_that_of_each_next_token():
    model, batch = make(), DATA.batch(range(5))
    vocab, total, n_tokens = DATA.target_vocab, 0.0, 0
    with torch.no_grad():
        for row in range(5):
            alone = DATA.batch([row])
            said = [*DATA[row].target.tolist(), vocab.eos_id]
            state = model.begin(alone)
            read = vocab.bos_id
            for word_id in said:
                vector = model.embedding(torch.tensor([[read]]))
                output, state, _ = model.decoder.run(vector, state)
                total -= model.scores_of(output[0, 0]).log_softmax(0)[word_id].item()
                read, n_tokens = word_id, n_tokens + 1
        loss = model.loss(batch)
    assert loss.n_items == n_tokens == sum(map(len, map(str.split, TARGETS))) + 5
    assert loss.mean.item() == pytest.approx(total / n_tokens, rel=1e-5)


def test_label_smoothing_only_trains():
    plain, smooth = make(label_smoothing=0.0), make(label_smoothing=0.2)
    smooth.load_state_dict(plain.state_dict())
    batch = DATA.batch(range(5))
    assert plain.loss(batch).mean.item() == smooth.loss(batch).mean.item()
    for model in (plain, smooth):
        model.train()
        for module in model.modules():
            if hasattr(module, "share"):
                module.share = 0.0
    with torch.no_grad():
        plain_loss, smooth_loss = plain.loss(batch).mean.item(), smooth.loss(batch).mean.item()
        read, _, mask = plain._shifted(batch)
        outputs, _ = plain.decoder(plain.embedding(read), plain.begin(batch))
        uniform = -plain.scores_of(outputs[mask]).log_softmax(1).mean().item()
    assert smooth_loss == pytest.approx(0.8 * plain_loss + 0.2 * uniform, rel=1e-5)


def test_teacher_forcing_chooses_what_is_read():
    batch = DATA.batch(range(5))
    model = make(teacher_forcing=0.0)
    read, _, _ = model._shifted(batch)
    state = model.begin(batch)
    with torch.no_grad():
        own = model._mixed(read, state)
        outputs, _ = model.decoder(model.embedding(read[:, :-1]), state)
    assert torch.equal(own[:, 0], read[:, 0])
    assert torch.equal(own[:, 1:], model.scores_of(outputs).argmax(2))
    model.teacher_forcing = 1.0
    assert torch.equal(model._mixed(read, state), read)
    half = make(teacher_forcing=0.5).train()
    loss = half.loss(batch).mean
    loss.backward()
    assert math.isfinite(loss.item())


CASES = [
    {"cell": cell, "attention": kind, "input_feeding": feeding, "layers": layers, "both": both}
    for (cell, kind), feeding, (layers, both) in itertools.product(
        (("gru", "multiplicative"), ("lstm", "additive"), ("rnn", "multiplicative")),
        (False, True),
        ((1, True), (2, False)),
    )
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(map(str, case.values())))
def test_a_translation_does_not_depend_on_its_batch_mates(case: dict[str, Any]):
    rnn = RNNConfig(
        cell=case["cell"], hidden=6, dim=5, layers=case["layers"], bidirectional=case["both"]
    )
    model = make(rnn, attention=case["attention"], input_feeding=case["input_feeding"])
    for weight in model.parameters():  # weights that say something: the answers differ
        torch.nn.init.normal_(weight, std=0.8)
    model.words.bias.data[model.eos_id] = -3.0
    model.double()  # such weights make much of the last digit of a float32
    texts = [*SOURCES, *AWKWARD]
    together = list(model.predict(texts, batch_size=5, beam=3))
    for text, answer in zip(texts, together, strict=True):
        (alone,) = model.predict([text], beam=3)
        assert alone.text == answer.text
        assert alone.log_prob == pytest.approx(answer.log_prob, abs=1e-9)
    assert len({round(answer.log_prob, 6) for answer in together}) > 5


def test_losses_do_not_depend_on_batch_mates():
    model = make()
    with torch.no_grad():
        whole = model.loss(DATA.batch(range(5)))
        alone = [model.loss(DATA.batch([row])) for row in range(5)]
    total = sum(each.mean.item() * each.n_items for each in alone)
    assert whole.mean.item() == pytest.approx(total / whole.n_items, rel=1e-5)


def test_answers_come_in_order_and_as_they_are_ready():
    model, taken = make(), []

    def texts():
        for number in range(5000):
            taken.append(number)
            yield SOURCES[number % 5]

    answers = model.predict(texts(), beam=1, max_tokens=2)
    first = next(answers)
    assert len(taken) < 5000
    rest = [first, *answers]
    assert len(rest) == 5000
    assert len({answer.text for answer in rest[::5]}) == 1


def test_nothing_and_empty_texts():
    model = make()
    assert list(model.predict([])) == []
    assert [tuple(answer) for answer in model.predict(["", "  "])] == [("", 0.0)] * 2


def test_an_answer_ends():
    model = make()
    model.words.bias.data[model.eos_id] = -1e9
    answers = list(model.predict(["a", "a b c a b c"], beam=2))
    longest = [math.ceil(2 * model.length_ratio * n) + 10 for n in (1, 6)]
    assert [len(answer.text.split()) for answer in answers] == longest
    (short,) = model.predict(["a"], beam=1, max_tokens=3)
    assert len(short.text.split()) == 3


def test_no_special_token_is_written():
    model = make()
    for word_id in DATA.target_vocab.special_ids:
        model.words.bias.data[word_id] = 50.0
    model.words.bias.data[model.eos_id] = -1e9
    for answer in model.predict(SOURCES, beam=2):
        assert "<" not in answer.text


@pytest.mark.slow
def test_a_very_long_text():
    (answer,) = make().predict(["a b c d " * 25_000], beam=1, max_tokens=5)
    assert len(answer.text.split()) <= 5


@pytest.mark.parametrize("options", [{}, {"tied": False, "input_feeding": True}, {"beam": 1}])
def test_saved_and_loaded_translates_alike(tmp_path: Path, options: dict[str, Any]):
    options.pop("beam", None)
    model = make(**options)
    model.save(tmp_path / "model")
    again = SequenceModel.load(tmp_path / "model")
    assert isinstance(again, Translator)
    assert again.options == model.options
    assert list(again.predict(SOURCES)) == list(model.predict(SOURCES))
    assert again.evaluate(DATA) == model.evaluate(DATA)


def test_one_vocab_shares_its_embeddings(tmp_path: Path):
    (tmp_path / "a.txt").write_text("a b c\nb a\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text("c c\na d\n", encoding="utf-8")
    files = [str(tmp_path / "a.txt"), str(tmp_path / "b.txt")]
    data = read_pairs(files, Prepare(config=CONFIG), shared=True)
    model = Translator.for_dataset(data, SMALL)
    assert model.target_embedding is None
    assert model.embedding is model.encoder.embedding
    tables = [name for name, value in model.named_parameters() if value.shape[0] == len(data.vocab)]
    assert tables == ["encoder.embedding.table.weight", "words.bias"]
    model.save(tmp_path / "model")
    again = Translator.load(tmp_path / "model")
    assert list(again.predict(["a b"])) == list(model.predict(["a b"]))
    apart = Translator.for_dataset(DATA, SMALL)
    assert apart.target_embedding is not None


def test_vectors_of_both_sides():
    class Table:
        vocab = Vocab(["a", "y"], specials=())
        vectors = np.arange(8, dtype=np.float32).reshape(2, 4)

    model = make(vectors=Table(), target_vectors=Table())
    source, target = model.encoder.embedding.table.weight, model.embedding.table.weight
    assert source[DATA.vocab["a"]].tolist() == [0, 1, 2, 3]
    assert target[DATA.target_vocab["y"]].tolist() == [4, 5, 6, 7]


def test_one_hot_needs_no_table():
    model = make(RNNConfig(cell="gru", hidden=4, input="one-hot"))
    assert model.embedding.table is None
    assert math.isfinite(model.loss(DATA.batch([0, 1])).mean.item())
    assert len(list(model.predict(SOURCES))) == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"label_smoothing": 1.0}, r"label_smoothing is 1; it is 0 or more, and below 1"),
        ({"teacher_forcing": 1.5}, r"teacher_forcing is 1.5; it is 0..1"),
        ({"teacher_forcing": math.nan}, r"teacher_forcing is nan"),
        ({"attention": "dot"}, "attention is 'dot'"),
        ({"length_ratio": 0.0}, "length_ratio is 0.0"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_a_data_set_without_texts_to_write():
    with pytest.raises(ValueError, match="the targets are labels, not texts"):
        Translator.for_dataset(SequenceDataset.from_texts(["a"], ["x"], config=CONFIG), SMALL)


@pytest.mark.parametrize("feeding", [False, True])
def test_alignment(feeding: bool):
    model = make(input_feeding=feeding)
    found = model.align("a b c", "x y")
    assert found.source == ["a", "b", "c"]
    assert found.target == ["x", "y", "<eos>"]
    assert found.weights.shape == (3, 3)
    assert found.weights.sum(axis=1) == pytest.approx(1.0)
    own = model.align("a b c")
    (answer,) = model.predict(["a b c"])
    assert " ".join(own.target[:-1]) == answer.text
    with pytest.raises(ValueError, match="'' has no tokens"):
        model.align("")


def test_reading_as_training_read(tmp_path: Path):
    model = make()
    (tmp_path / "a").write_bytes("a b\n\ncaf\xe9\n".encode("latin-1"))
    (tmp_path / "b").write_bytes(b"x\ny\nz z\n")
    lines = pipeline_of(model).read_inputs([str(tmp_path / "a")], encoding="latin-1")
    assert list(lines) == ["a b", "", "café"]
    data = pipeline_of(model).read_labelled(
        [str(tmp_path / "a"), str(tmp_path / "b")], encoding="latin-1"
    )
    assert len(data) == 3
    assert data.vocab == DATA.vocab
    assert model.references(data) == ["x", "y", "z z"]
    with pytest.raises(ValueError, match="pairs are read from two files, a text and its"):
        pipeline_of(model).read_labelled([str(tmp_path / "a")])
    (answer,) = model.predict(["a"])
    assert pipeline_of(model).show(answer) == answer.text
    assert pipeline_of(model).as_json(answer) == {"text": answer.text, "log_prob": answer.log_prob}


def reversed_words(n: int, seed: int) -> SequenceDataset:
    generator = torch.Generator().manual_seed(seed)
    lines = []
    for _ in range(n):
        length = int(torch.randint(1, 5, (), generator=generator))
        ids = torch.randint(0, 8, (length,), generator=generator).tolist()
        lines.append(["abcdefgh"[word] for word in ids])
    sources = [" ".join(line) for line in lines]
    targets = [" ".join(word.upper() for word in reversed(line)) for line in lines]
    return SequenceDataset.from_texts(sources, pairs=targets, config=CONFIG)


def test_it_learns_to_turn_a_line_around():
    train = reversed_words(700, 1)
    valid = SequenceDataset.from_texts(
        ["a b c", "h g f e", "b", "c a"],
        pairs=["C B A", "E F G H", "B", "A C"],
        config=CONFIG,
        vocab=train.vocab,
        target_vocab=train.target_vocab,
    )
    rnn = RNNConfig(cell="gru", hidden=48, dim=32, dropout=0.0, embedding_dropout=0.0)
    model = Translator.for_dataset(train, rnn)
    config = TrainConfig(epochs=14, batch_size=16, lr=8e-3, threads=1, patience=3)
    history = fit(model, train, valid, config)
    assert history.best_scores["exact"] == 1.0
    assert [answer.text for answer in model.predict(["e d a", "g"])] == ["A D E", "G"]
    report = model.report(valid, beam=5)
    assert report.scores["exact"] == 1.0
    assert "nc:6" in report.signatures["chrf"]
    assert report.intervals == {}  # of a handful
    weights = model.align("a b c", "C B A").weights
    assert weights.argmax(axis=1)[0] == 2  # what is written first was read last


def test_resumed_is_uninterrupted(tmp_path: Path):
    train, rnn = reversed_words(60, 1), RNNConfig(cell="lstm", hidden=5, dim=4, word_dropout=0.1)
    options = {"teacher_forcing": 0.7, "input_feeding": True}
    config = TrainConfig(epochs=3, batch_size=16, threads=1, patience=9)
    whole = Translator.for_dataset(train, rnn, **options)
    fit(whole, train, train, config)
    first = Translator.for_dataset(train, rnn, **options)
    fit(first, train, train, config.replace(epochs=1), checkpoint=tmp_path / "c")
    second = Translator.for_dataset(train, rnn, **options)
    fit(second, train, train, config, checkpoint=tmp_path / "c", resume=True)
    for name, value in whole.state_dict().items():
        assert torch.equal(value, second.state_dict()[name]), name


def test_long_pairs_come_in_small_batches():
    lines = ["a b", *["a " * 900] * 3]  # at most 16 * 100 places
    data = SequenceDataset.from_texts(lines, pairs=["x"] * 4, config=CONFIG)
    model = Translator.for_dataset(data, SMALL)
    sizes = [len(batch) for batch in model.batches(data, 16, 1, 0, pin_memory=False)]
    assert sorted(sizes) == [1, 1, 1, 1]


@pytest.mark.slow
def test_real_pairs(data: Path):
    folder = data / "multi30k_en_de"
    config = TextConfig(tokenizer="word", min_count=3, lowercase=True)
    files = {
        part: [str(folder / f"{part}.{of}.gz") for of in ("de", "en")] for part in ("train", "val")
    }
    train = read_pairs(files["train"], Prepare(config=config))
    valid = read_pairs(files["val"], as_in(train))
    part, judged = train.select(range(3000)), valid.select(range(100))
    model = Translator.for_dataset(part, RNNConfig(cell="gru", hidden=64, dim=64))
    history = fit(model, part, judged, TrainConfig(epochs=3, lr=4e-3, threads=1))
    losses = [entry["train_loss"] for entry in history.epochs]
    assert losses[2] < losses[1] < losses[0]
    # Far better than a model that knows only how frequent each word is.
    said = [[*example.target.tolist(), train.target_vocab.eos_id] for example in judged]
    counts = train.target_vocab.counts.astype(float) + 1
    counts[train.target_vocab.eos_id] = len(train)
    logs = -np.log(counts / counts.sum())
    blind = float(np.mean([logs[word_id] for ids in said for word_id in ids]))
    assert history.best_scores["loss"] < 0.9 * blind
