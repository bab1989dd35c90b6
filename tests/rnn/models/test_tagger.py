"""Tagger: what it learns, and that a sentence's tags depend on that sentence alone."""

from __future__ import annotations

import itertools
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from textseq.config import RNNConfig, TextConfig, TrainConfig
from textseq.rnn.data.dataset import SequenceDataset
from textseq.rnn.data.tag_schemes import legal_steps
from textseq.rnn.models.model import SequenceModel
from textseq.rnn.models.tagger import Tagged, Tagger
from textseq.rnn.tasks.table import pipeline_of
from textseq.rnn.training.fit import FitInterrupted, fit
from textseq.text.notices import TextNotice
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

SMALL = RNNConfig(hidden=12, dim=8, dropout=0.0, embedding_dropout=0.0)
TRAIN = TrainConfig(epochs=12, batch_size=8, lr=0.02, threads=1, device="cpu", patience=12)
EVERY_WORD = TextConfig(min_count=1)
KINDS = list(itertools.product(["cnn", "lstm", "none"], [False, True]))
AWKWARD = [
    "", " ", "w " * 300, "\u1112\u1161\u11ab\uae00", "مرحبا بالعالم", "हिन्दी", "中文",
    "👩‍👩‍👧 👍🏽", "a\x00b", "c\r", "d\u2028e", "\ud800x", "x" * 5000, "never seen words",
]  # fmt: skip


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def names(n: int, seed: int) -> SequenceDataset:
    """Sentences in which capitals are names, of one or two words, and "in" stands before places."""
    rng = np.random.default_rng(seed)
    sentences = []
    for _ in range(n):
        tokens, tags = [], []
        for _ in range(rng.integers(1, 5)):
            where = bool(rng.integers(2))
            words = ["".join(rng.choice(list("abdeiklmn"), 5)).title() for _ in range(2)]
            name = words[: rng.integers(1, 3)]
            kind = "LOC" if where else "PER"
            tokens += ["in" if where else "saw", *name]
            tags += ["O", f"B-{kind}", *[f"I-{kind}"] * (len(name) - 1)]
        sentences.append((tokens, tags))
    return SequenceDataset.from_sentences(sentences, config=EVERY_WORD)


def parts_of_speech(n: int, seed: int) -> SequenceDataset:
    """A word in -ly is ADV, one in -s a VERB behind a NOUN and else a NOUN; words are new."""
    rng = np.random.default_rng(seed)
    sentences = []
    for _ in range(n):
        stems = ["".join(rng.choice(list("abdeikmnt"), 4)) for _ in range(3)]
        sentences.append(
            (["the", stems[0], stems[1] + "s", stems[2] + "ly"], ["DET", "NOUN", "VERB", "ADV"])
        )
    return SequenceDataset.from_sentences(sentences, config=EVERY_WORD)


def made(data: SequenceDataset, **options: Any) -> Tagger:
    if options.get("characters") != "none":
        options = {"character_dim": 6, "character_size": 10, **options}
    return Tagger.for_dataset(data, options.pop("rnn", SMALL), **options)


@pytest.fixture(scope="module")
def trained() -> Tagger:
    model = made(names(100, 1))
    fit(model, names(100, 1), names(20, 2), TRAIN)
    return model


# --- learning


def test_it_learns_spans_of_words_never_seen(trained: Tagger):
    scores = trained.evaluate(names(60, 3))
    assert scores["f1"] > 0.95
    assert scores["accuracy_unknown"] > 0.95
    assert trained.best == ("f1", True)
    assert Tagger.best == ("accuracy", True)
    low, high = trained.report(names(60, 3)).intervals["f1"]
    assert low <= scores["f1"] <= high


def test_it_learns_parts_of_speech_by_spelling():
    train, valid = parts_of_speech(80, 1), parts_of_speech(30, 2)
    model = made(train)
    assert (model.crf, model.best) == (None, ("accuracy", True))
    fit(model, train, valid, TRAIN)
    scores = model.evaluate(valid)
    assert scores["accuracy"] > 0.97
    assert "f1" not in scores
    assert model.report(valid).intervals.keys() == {"accuracy"}


def test_without_characters_new_words_are_alike():
    model = made(names(20, 1), characters="none")
    assert "characters" not in model.sides
    one, other = model.predict([["saw", "Xxxx"], ["saw", "yyyyy"]])
    assert one.probabilities == other.probabilities
    model = made(names(20, 1))
    one, other = model.predict([["saw", "Adel"], ["saw", "nnnnn"]])
    assert one.probabilities != other.probabilities


# --- loss and scores


def test_loss_is_the_cross_entropy_of_known_tags():
    data = names(5, 1)
    model = made(data, crf=False).eval()
    batch = next(iter(model.batches(data, 5, 1, 0, pin_memory=False)))
    batch.targets[0, 0] = -100
    logs = torch.log_softmax(model.emissions(batch), dim=2).detach()
    wanted = [
        -float(logs[row, pos, tag])
        for row, pos in itertools.product(range(5), range(batch.inputs.shape[1]))
        if (tag := int(batch.targets[row, pos])) >= 0
    ]
    loss = model.loss(batch)
    assert loss.n_items == len(wanted)
    assert loss.mean.item() == pytest.approx(sum(wanted) / len(wanted), rel=1e-5)


def test_loss_of_a_crf_is_over_all_tags_where_one_is_unknown():
    data = names(5, 1)
    model = made(data).eval()
    batch = next(iter(model.batches(data, 5, 1, 0, pin_memory=False)))
    each = model.crf.nll(model.emissions(batch), batch.targets.clamp_min(0), batch.lengths).detach()
    n_words = int(batch.lengths.sum())
    assert model.loss(batch).n_items == n_words
    assert model.loss(batch).mean.item() == pytest.approx(float(each.sum()) / n_words, rel=1e-5)
    # p of the known tags of a sentence is the sum over what the unknown one may be.
    shares = []
    for tag in range(len(model.tags)):
        tags = batch.targets.clone()
        tags[1, 0] = tag
        nll = model.crf.nll(model.emissions(batch), tags.clamp_min(0), batch.lengths).detach()
        shares.append(math.exp(-float(nll[1])))
    batch.targets[1, 0] = -100
    wanted = (float(each.sum() - each[1]) - math.log(sum(shares))) / (n_words - 1)
    assert model.loss(batch).n_items == n_words - 1
    assert model.loss(batch).mean.item() == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("crf", [False, True])
def test_words_without_a_tag_count_in_no_loss_and_no_score(tmp_path: Path, crf: bool):
    path = tmp_path / "a.conllu"
    line = "{}\t{}\t_\t{}\t_\t_\t0\troot\t_\t_\n"
    tagged = [("a", "X"), ("b", "_"), ("c", "Y")]
    path.write_text("".join(line.format(n, *pair) for n, pair in enumerate(tagged, 1)))
    data = SequenceDataset.from_conllu(path, config=EVERY_WORD)
    (batch,) = data.loader(1)
    assert batch.targets.tolist() == [[0, -100, 1]]
    model = made(data, min_count=1, crf=crf)
    assert model.tags.tokens == ["X", "Y"]
    (words,) = model.batches(data, 1, 1, 0, pin_memory=False)
    assert model.loss(words).n_items == 2
    for chosen, accuracy in (([0, 0, 1], 1.0), ([0, 1, 0], 0.5)):
        model._choose = lambda emissions, lengths, chosen=chosen: torch.tensor([chosen])
        scores = model.evaluate(data)
        assert (scores["accuracy"], scores["sentences"]) == (accuracy, float(accuracy == 1))
    # Under the tags of a training set in which each word has one, they keep their ids.
    full = Vocab(["X", "Y"], specials=())
    assert SequenceDataset.from_conllu(
        path, config=EVERY_WORD, label_vocab=full
    ).label_vocab.tokens == ["X", "Y", "_"]


def test_an_empty_list_of_features_is_a_tag(tmp_path: Path):
    path = tmp_path / "a.conllu"
    line = "{}\t{}\t_\tX\t_\t{}\t0\troot\t_\t_\n"
    path.write_text(line.format(1, "a", "Number=Sing") + line.format(2, "of", "_"))
    data = SequenceDataset.from_conllu(path, "feats", config=EVERY_WORD)
    (batch,) = data.loader(1)
    assert data.label_vocab.decode(batch.targets[0].numpy()) == ["Number=Sing", "_"]


def test_spans_around_words_without_a_tag(tmp_path: Path):
    path = tmp_path / "a.conllup"
    rows = [("a", "B-X"), ("b", "_"), ("c", "O"), ("d", "B-X"), ("e", "I-X")]
    lines = [f"{number}\t{form}\t{tag}\n" for number, (form, tag) in enumerate(rows, 1)]
    path.write_text("# global.columns = ID FORM NER\n" + "".join(lines))
    data = SequenceDataset.from_conllu(path, "ner", config=EVERY_WORD)
    model = made(data, min_count=1)
    assert (model.scheme, model.tags.tokens) == ("bio", ["B-X", "I-X", "O"])
    model._choose = lambda emissions, lengths: torch.tensor([[0, 1, 2, 0, 2]])
    scores = model.evaluate(data)  # B-X behind which nothing is known is right, B-X O is not
    assert (scores["precision"], scores["recall"], scores["accuracy"]) == (0.5, 0.5, 0.75)


def test_scores_by_hand(monkeypatch: pytest.MonkeyPatch):
    train = SequenceDataset.from_sentences(
        [(["a", "b"], ["B-X", "I-X"]), (["a", "c"], ["O", "B-X"])], config=EVERY_WORD
    )
    model = made(train, min_count=1)
    tag = model.tags.ids
    answers = {"a": "B-X", "b": "I-X", "c": "O", "<unk>": "O"}

    def choose(emissions: torch.Tensor, lengths: torch.Tensor) -> torch.Tensor:
        del emissions, lengths
        words = model.sides["source"].vocab.decode(seen[-1].inputs)
        return torch.tensor([[tag[answers.get(word, "O")] for word in row] for row in words])

    seen = []
    emissions = model.emissions
    monkeypatch.setattr(model, "emissions", lambda batch: seen.append(batch) or emissions(batch))
    monkeypatch.setattr(model, "_choose", choose)
    test = SequenceDataset.from_sentences(
        [(["a", "b"], ["B-X", "I-X"]), (["a", "z"], ["O", "O"]), (["c"], ["B-Y"]), ([], [])],
        config=EVERY_WORD,
    )
    scores = model.evaluate(test)
    assert scores["accuracy"] == pytest.approx(3 / 5)  # a b, z; B-Y is not known and not right
    assert scores["accuracy_unknown"] == 1.0
    assert scores["sentences"] == pytest.approx(2 / 4)
    assert (scores["precision"], scores["recall"]) == (1 / 2, 1 / 2)
    assert scores["f1"] == 1 / 2


def test_tags_of_another_order_and_tags_never_seen(trained: Tagger):
    tokens = ["saw", "Anna", "in", "Ulm"]
    known = SequenceDataset.from_sentences(
        [(tokens, ["O", "B-PER", "O", "B-LOC"])], config=EVERY_WORD
    )
    more = SequenceDataset.from_sentences(
        [(tokens, ["O", "B-PER", "O", "B-LOC"]), (["x"], ["A"])], config=EVERY_WORD
    )
    assert trained.evaluate(known)["accuracy"] == trained.evaluate(more.select([0]))["accuracy"]
    assert trained.evaluate(more.select([1])) == {
        "loss": 0.0, "accuracy": 0.0, "accuracy_unknown": 0.0, "sentences": 0.0,
        "precision": 0.0, "recall": 0.0, "f1": 0.0,
    }  # fmt: skip


def in_iob1(tags: list[str]) -> list[str]:
    """BIO tags without two names of one kind side by side, in IOB1."""
    return [tag.replace("B-", "I-") for tag in tags]


def pairs(data: SequenceDataset) -> list[tuple[list[str], list[str]]]:
    assert data.vocab is not None
    assert data.label_vocab is not None
    return [
        (data.vocab.decode(data[row].inputs), data.label_vocab.decode(data[row].target))
        for row in range(len(data))
    ]


def test_gold_spans_in_another_scheme_are_read_by_that_one(trained: Tagger):
    bio = pairs(names(30, seed=5))
    gold = SequenceDataset.from_sentences(bio, config=EVERY_WORD)
    assert trained.scheme == "bio"
    wanted = trained.evaluate(gold)
    assert wanted["f1"] > 0.5
    more = (["saw", "Ulm", "Bonn"], ["O", "I-LOC", "B-LOC"])
    for rows in ([(words, in_iob1(tags)) for words, tags in bio], [more]):
        other = SequenceDataset.from_sentences(rows, config=EVERY_WORD)
        with pytest.warns(TextNotice, match="IOB1, those of the model BIO"):
            found = trained.evaluate(other)
        if rows[0] is not more:
            assert [found[name] for name in ("precision", "recall", "f1")] == [
                wanted[name] for name in ("precision", "recall", "f1")
            ]


@pytest.mark.filterwarnings("ignore::textseq.text.notices.TextNotice")
def test_bio_for_a_model_in_iob1():
    bio = pairs(names(60, seed=1))
    iob1 = [(words, in_iob1(tags)) for words, tags in bio]
    iob1.append((["saw", "Ulm", "Bonn"], ["O", "I-LOC", "B-LOC"]))
    model = made(SequenceDataset.from_sentences(iob1, config=EVERY_WORD))
    assert model.scheme == "iob1"
    n_gold = {}
    for name, rows in (("bio", bio), ("iob1", iob1[:-1])):
        data = SequenceDataset.from_sentences(rows, config=EVERY_WORD)
        n_gold[name] = model._count(data, 64)[1][:, 8].sum()
    assert n_gold["bio"] == n_gold["iob1"] == sum(tag[0] == "B" for _, tags in bio for tag in tags)


def test_a_data_set_with_the_words_of_training_only(trained: Tagger):
    """Read with a Vocab that has lost rare words; then these have no spelling."""
    rare = SequenceDataset.from_sentences(
        [(["saw", "Qqq"], ["O", "B-PER"])], vocab=Vocab(["<pad>", "<unk>", "saw"]),
        label_vocab=trained.tags,
    )  # fmt: skip
    assert trained.evaluate(rare)["accuracy"] >= 0.5


def test_other_targets_are_refused(trained: Tagger):
    labels = SequenceDataset.from_texts(["a b"], ["x"], config=EVERY_WORD)
    plain = SequenceDataset.from_texts(["a b"], config=EVERY_WORD)
    with pytest.raises(ValueError, match="labels; a tagger needs a tag a word"):
        Tagger.for_dataset(labels, SMALL)
    with pytest.raises(ValueError, match="none; there are no tags"):
        trained.evaluate(plain)
    with pytest.raises(TypeError, match="WordBatches"):
        trained.loss(names(2, 1).batch([0]))
    with pytest.raises(ValueError, match="tags go with words"):
        made(names(5, 1), tokenizer="char")


# --- prediction


@pytest.mark.parametrize(("characters", "crf"), KINDS)
@pytest.mark.parametrize("layers", [1, 2])
def test_a_sentence_alone_and_among_others(characters: str, crf: bool, layers: int):
    rnn = SMALL.replace(layers=layers, bidirectional=layers == 1)
    model = made(names(20, 1), characters=characters, crf=crf, rnn=rnn)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    texts = ["saw Anna in Ulm", "in", "", "saw " * 40, "Berta Celle saw"]
    together = list(model.predict(texts))
    for text, found in zip(texts, together, strict=True):
        (alone,) = model.predict([text], batch_size=1)
        assert alone.tokens == found.tokens == text.split()
        assert alone.tags == found.tags
        assert np.allclose(alone.probabilities, found.probabilities, atol=1e-5)


def test_awkward_texts(trained: Tagger):
    found = list(trained.predict(AWKWARD, batch_size=4))
    assert len(found) == len(AWKWARD)
    legal, tags = legal_steps(trained.tags.tokens, "bio"), trained.tags
    for tagged in found:
        assert len(tagged.tokens) == len(tagged.tags) == len(tagged.probabilities)
        assert all(0 < share <= 1.0001 for share in tagged.probabilities)
        path = [len(tags), *(tags[tag] for tag in tagged.tags), len(tags)]
        assert all(legal[pair] for pair in itertools.pairwise(path))
    assert found[0] == found[1] == Tagged([], [], [])
    assert found[3].tokens == ["한글"]
    assert list(trained.predict([])) == []


def test_tokens_come_back_as_they_were_given(trained: Tagger):
    given = [["saw", "New\u1112\u1161\u11ab York", "\x00"], [], ["a\ud800"]]
    found = list(trained.predict(given))
    assert [tagged.tokens for tagged in found] == given
    assert [len(tagged.tags) for tagged in found] == [3, 0, 1]


def test_text_is_read_as_it_is_needed(trained: Tagger):
    read = []

    def texts():
        for number in itertools.count():
            read.append(number)
            yield f"saw Anna{number % 7}"

    found = trained.predict(texts(), batch_size=2)
    assert next(found).tokens == ["saw", "Anna0"]
    assert len(read) <= 64


def test_the_probability_is_that_of_the_tag():
    model = made(names(20, 1), crf=False)
    (tagged,) = model.predict([["saw", "Anna"]])
    data = SequenceDataset.from_sentences([(["saw", "Anna"], ["O", "O"])], config=EVERY_WORD)
    batch = next(iter(model.batches(data, 1, 1, 0, pin_memory=False)))
    shares = torch.softmax(model.emissions(batch), dim=2)[0].detach()
    assert tagged.tags == model.tags.decode(shares.argmax(1))
    assert np.allclose(tagged.probabilities, shares.max(dim=1).values, atol=1e-6)


def test_a_long_text(trained: Tagger):
    (tagged,) = trained.predict([["saw", "Anna"] * 2000])
    assert len(tagged.tags) == 4000


# --- what it is made of


def test_words_and_vectors():
    vectors = WordVectors(Vocab(["saw", "anna", "dog"], specials=()), np.eye(3, dtype=np.float32))
    data = SequenceDataset.from_sentences(
        [(["saw", "Anna"], ["O", "B-PER"]), (["saw", "Bo"], ["O", "B-PER"])], config=EVERY_WORD
    )
    model = made(data, vectors=vectors, lower=True, more_words=1)
    vocab, table = model.sides["source"].vocab, model.encoder.embedding.table.weight.detach()
    assert vocab.tokens == ["<pad>", "<unk>", "saw", "anna", "dog"]
    assert torch.equal(table[2:], torch.eye(3))
    assert model.sides["source"].text.tokenizer == "word"
    assert model.options["scheme"] == "bio"
    frozen = made(data, vectors=vectors, rnn=SMALL.replace(train_vectors_after=None))
    assert not frozen.encoder.embedding.table.weight.requires_grad


def test_a_folder_does_not_need_the_vectors(tmp_path: Path):
    vectors = WordVectors(Vocab(["saw"], specials=()), np.ones((1, 3), np.float32))
    model = made(names(5, 1), vectors=vectors)
    model.save(tmp_path / "model")
    assert list(Tagger.load(tmp_path / "model").predict(AWKWARD)) == list(model.predict(AWKWARD))


def test_one_hot_input_works_too():
    data = names(10, 1)
    model = made(data, rnn=SMALL.replace(input="one-hot"))
    assert model.encoder.embedding.size == len(model.sides["source"].vocab)
    assert len(next(model.predict(["saw Anna"])).tags) == 2


def test_words_that_only_validation_has_are_unknown():
    data = names(40, 1)
    model = made(data.select(range(20)), min_count=1)
    held_out = model.evaluate(data.select(range(20, 40)))
    assert "accuracy_unknown" in held_out
    assert "accuracy_unknown" not in model.evaluate(data.select(range(20)))


def test_iob1_tags_are_not_forced_into_bio():
    sentences = [(["saw", "Anna", "Berta"], ["O", "I-PER", "B-PER"])] * 3
    model = made(SequenceDataset.from_sentences(sentences, config=EVERY_WORD))
    assert (model.scheme, model.best) == ("iob1", ("f1", True))
    tags = model.tags.ids
    before = [tags["O"], tags["I-PER"], -1]
    assert model.crf.legal[before, tags["B-PER"]].tolist() == [False, True, False]
    assert model.crf.legal[before, tags["I-PER"]].all()


@pytest.mark.parametrize(("characters", "crf"), KINDS)
def test_a_folder_gives_the_same_tags(tmp_path: Path, characters: str, crf: bool):
    model = made(names(20, 1), characters=characters, crf=crf, lower=True)
    model.info["columns"] = {"tag": 1}
    model.save(tmp_path / "model")
    loaded = SequenceModel.load(tmp_path / "model")
    assert type(loaded) is Tagger
    texts = ["saw Anna in Ulm", *AWKWARD]
    assert list(loaded.predict(texts)) == list(model.predict(texts))
    data = names(10, 2)
    assert loaded.evaluate(data) == model.evaluate(data)
    assert (loaded.options, loaded.info) == (model.options, model.info)
    assert (loaded.best, loaded.scheme) == (model.best, model.scheme)


def test_resumed_training_is_uninterrupted_training(tmp_path: Path):
    train, valid = names(30, 1), names(10, 2)
    config = TRAIN.replace(epochs=3)
    rnn = SMALL.replace(dropout=0.3, embedding_dropout=0.2, word_dropout=0.1)
    whole = made(train, rnn=rnn)
    history = fit(whole, train, valid, config)

    def stop_after_one(entry: dict[str, Any]) -> None:
        if entry["epoch"] == 2:
            raise KeyboardInterrupt

    stopped = made(train, rnn=rnn)
    with pytest.raises(FitInterrupted):
        fit(stopped, train, valid, config, checkpoint=tmp_path / "c", log=stop_after_one)
    resumed = made(train, rnn=rnn, seed=9)  # other weights, which the checkpoint replaces
    again = fit(resumed, train, valid, config, checkpoint=tmp_path / "c", resume=True)
    assert [entry["train_loss"] for entry in again.epochs] == [
        entry["train_loss"] for entry in history.epochs
    ]
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name


# --- for the command line


def test_show_and_json(trained: Tagger):
    prediction = Tagged(["in", "New", "Ulm", "."], ["O", "B-LOC", "I-LOC", "O"], [0.5] * 4)
    assert pipeline_of(trained).show(prediction) == "in/O New/B-LOC Ulm/I-LOC ./O"
    assert pipeline_of(trained).as_json(prediction) == {
        "tokens": ["in", "New", "Ulm", "."],
        "tags": ["O", "B-LOC", "I-LOC", "O"],
        "probabilities": [0.5] * 4,
        "spans": [{"kind": "LOC", "start": 1, "stop": 3, "tokens": ["New", "Ulm"]}],
    }
    assert pipeline_of(trained).show(Tagged([], [], [])) == ""
    plain = made(parts_of_speech(10, 1))
    assert "spans" not in pipeline_of(plain).as_json(Tagged(["a"], ["DET"], [1.0]))


def test_reading_files(trained: Tagger, tmp_path: Path):
    (tmp_path / "a.bio").write_text("saw O\nAnna B-PER\n\nin O\nUlm B-LOC\n")
    dataset = pipeline_of(trained).read_labelled([str(tmp_path / "a.bio")])
    assert len(dataset) == 2
    assert set(trained.evaluate(dataset)) >= {"accuracy", "f1"}
    (tmp_path / "lines.txt").write_bytes("saw Anna\n\nin Ülm\n".encode("latin-1"))
    texts = pipeline_of(trained).read_inputs([str(tmp_path / "lines.txt")], encoding="latin-1")
    assert [tagged.tokens for tagged in trained.predict(texts)] == [
        ["saw", "Anna"], [], ["in", "Ülm"],
    ]  # fmt: skip


@pytest.mark.slow
def test_real_treebank(data: Path):
    config = EVERY_WORD
    folder = data / "ud_english_ewt"
    train = SequenceDataset.from_conllu(folder / "en_ewt-ud-train.conllu.gz", config=config)
    valid = SequenceDataset.from_conllu(folder / "en_ewt-ud-dev.conllu.gz", config=config)
    train = train.select(range(0, len(train), 4))
    model = Tagger.for_dataset(train, RNNConfig(hidden=64))
    fit(model, train, valid, TrainConfig(epochs=3, lr=3e-3, threads=1, device="cpu"))
    assert model.evaluate(valid)["accuracy"] > 0.85
