from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from textseq.config import RNNConfig, TextConfig, TrainConfig
from textseq.rnn.data.batch import IGNORE, Batch
from textseq.rnn.data.examples import Examples
from textseq.rnn.data.language_data import cut, stream_of
from textseq.rnn.layers.cells import RECURRENT_CELLS
from textseq.rnn.layers.decoding import GREEDY, Sampling
from textseq.rnn.models.language_model import LanguageModel
from textseq.rnn.models.model import SequenceModel, Side
from textseq.rnn.models.prompt import read_prompt
from textseq.rnn.training.fit import FitInterrupted, fit
from textseq.text.encode import encode_lines
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

TEXT = TextConfig(min_count=1)
LINES = ["the cat sat on the mat .", "a dog barked at the cat", "", "it rained all day ."] * 8
PLAIN = RNNConfig(hidden=12, dim=10, dropout=0.0, embedding_dropout=0.0)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def stream(lines: list[str] = LINES, text: TextConfig = TEXT) -> Examples:
    return stream_of(encode_lines(lines, text))


def make(rnn: RNNConfig = PLAIN, **options: Any) -> LanguageModel:
    return LanguageModel.for_dataset(stream(), rnn, **{"forget": 0.0} | options)


def batches(model: LanguageModel, batch_size: int = 3) -> list[Batch]:
    return list(model.batches(stream(), batch_size, 1, 1, pin_memory=False))


def mean_loss(model: LanguageModel, batch: Batch) -> float:
    """Of the next batch; the state goes on."""
    return model.loss(batch).mean.item()


# --- the loss


@pytest.mark.parametrize("rnn", [PLAIN, PLAIN.replace(dim=12), PLAIN.replace(layers=2, cell="gru")])
def test_the_loss_is_the_cross_entropy_by_hand(rnn: RNNConfig):
    model = make(rnn)
    batch = batches(model)[0]
    loss = model.loss(batch)
    table = model.encoder.embedding.table
    assert table is not None
    assert batch.targets is not None
    states, _ = model.encoder.recurrent.carry(table.weight[batch.inputs], None)
    if rnn.dim != rnn.hidden:
        assert model.project is not None
        states = states @ model.project.weight.T + model.project.bias
    scores = states @ table.weight.T + model.bias  # tied: rows of the embeddings
    total, n = 0.0, 0
    for row in range(3):
        for pos in range(scores.shape[1]):
            target = int(batch.targets[row, pos])
            if target != IGNORE:
                shares = scores[row, pos].exp() / scores[row, pos].exp().sum()
                total -= math.log(shares[target].item())
                n += 1
    assert loss.n_items == n
    assert loss.mean.item() == pytest.approx(total / n, rel=1e-5)


def test_the_missing_target_of_a_shorter_row_counts_nothing():
    model = make()
    last = batches(model, 4)[-1]
    assert last.targets is not None
    n_missing = int((last.targets == IGNORE).sum())
    assert n_missing
    assert model.loss(last).n_items == last.targets.numel() - n_missing


def test_the_carried_state_is_that_of_one_long_pass():
    pieces, whole = make(steps=7), make(steps=10_000)
    expected = mean_loss(whole, batches(whole)[0])
    total = n_items = 0.0
    for batch in batches(pieces):
        loss = pieces.loss(batch)
        total, n_items = total + loss.mean.item() * loss.n_items, n_items + loss.n_items
    assert total / n_items == pytest.approx(expected, rel=1e-5)
    # And an epoch begins without what the last one left.
    gone_on = mean_loss(pieces, batches(pieces)[0])
    pieces.start_epoch()
    again = mean_loss(pieces, batches(pieces)[0])
    assert gone_on != again
    fresh = make(steps=7)
    assert again == mean_loss(fresh, batches(fresh)[0])


def test_streams_begin_anew_in_training():
    never, always, some = (make(steps=7, forget=share) for share in (0.0, 1.0, 0.5))
    losses = [[mean_loss(model, batch) for batch in batches(model)] for model in (never, always)]
    assert losses[0][0] == losses[1][0]
    assert losses[0][1] != losses[1][1]
    for batch, loss in zip(batches(always), losses[1], strict=True):
        always.start_epoch()  # as if nothing had been before
        assert mean_loss(always, batch) == pytest.approx(loss, rel=1e-6)
    state = (torch.ones(2, 1000, 12), torch.ones(2, 1000, 12))
    hidden, cells = some._some_forgotten(state) or ()
    gone = (hidden == 0).all(dim=(0, 2))  # in all layers, h and c alike
    assert torch.equal(hidden == 0, gone[None, :, None].expand_as(hidden))
    assert torch.equal(hidden, cells)
    assert 400 < int(gone.sum()) < 600
    assert some.eval()._some_forgotten(state) is state


def gradients(model: LanguageModel, n_batches: int) -> list[torch.Tensor]:
    """Of the last of so many batches."""
    for batch in batches(model)[:n_batches]:
        model.zero_grad()
        torch.autograd.backward(model.loss(batch).mean)
    return [p.grad.clone() for p in model.parameters() if p.grad is not None]


def test_k2_as_k1_is_plain_truncation():
    plain, both = make(steps=5), make(steps=5, back_steps=5)
    for a, b in zip(gradients(plain, 3), gradients(both, 3), strict=True):
        assert torch.equal(a, b)


@pytest.mark.parametrize("cell", RECURRENT_CELLS)
def test_gradients_reach_back_over_k2_tokens(cell: Any):
    """Against one pass in float64 over the whole stream, detached where k2 ends."""
    k1, k2, n_batches = 4, 10, 4
    model = make(PLAIN.replace(cell=cell, layers=2), steps=k1, back_steps=k2).double()
    found = gradients(model, n_batches)
    ids = torch.cat([batch.inputs for batch in batches(model)[:n_batches]], dim=1)
    targets = batches(model)[n_batches - 1].targets
    assert targets is not None
    far = n_batches * k1 - k2
    _, state = model.encoder.carry(ids[:, :far], None)
    states, _ = model.encoder.carry(ids[:, far:], tuple(part.detach() for part in state))
    logits = model._logits(states[:, -k1:])
    model.zero_grad()
    torch.autograd.backward(functional.cross_entropy(logits.flatten(0, 1), targets.flatten()))
    expected = [p.grad for p in model.parameters() if p.grad is not None]
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-9, atol=1e-12)
    # The value of the loss is the same however far gradients reach.
    short = make(PLAIN.replace(cell=cell, layers=2), steps=k1).double()
    losses = [[mean_loss(each, batch) for batch in batches(each)] for each in (short, model)]
    model.start_epoch()
    losses[1] = [mean_loss(model, batch) for batch in batches(model)]
    assert losses[0] == pytest.approx(losses[1], rel=1e-9)
    near = gradients(make(PLAIN.replace(cell=cell, layers=2), steps=k1).double(), n_batches)
    assert any(not torch.allclose(a, b) for a, b in zip(found, near, strict=True))


# --- what is made


def test_tied_weights_are_one():
    tied, untied = make(), make(tied=False)
    n_words = len(tied.vocab)
    assert sum(p.numel() for p in tied.parameters() if n_words in p.shape) == n_words * 11
    assert sum(p.numel() for p in untied.parameters() if n_words in p.shape) == n_words * 23
    same = make(PLAIN.replace(dim=12))
    assert same.project is None
    torch.autograd.backward(same.loss(batches(same)[0]).mean)
    table = same.encoder.embedding.table
    assert table is not None
    assert table.weight.grad is not None
    assert bool((table.weight.grad != 0).any(dim=1).all())  # the output reaches every row


def test_vectors_are_where_it_begins():
    rows = np.arange(8, dtype=np.float32).reshape(2, 4)
    vectors = WordVectors(Vocab(["cat", "absent"], specials=()), rows)
    model = make(vectors=vectors)
    table = model.encoder.embedding.table
    assert table is not None
    assert table.weight.shape == (len(model.vocab), 4)
    assert table.weight[model.vocab.ids["cat"]].tolist() == [0, 1, 2, 3]
    assert model.rnn.dim == 4
    assert not model.rnn.bidirectional


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"steps": 0}, "steps is 0"),
        (
            {"steps": 5, "back_steps": 4},
            "back_steps is 4; a gradient reaches back over",
        ),
        ({"forget": 1.5}, "forget is 1.5; it is a share, 0 to 1"),
        ({"rnn": PLAIN.replace(input="one-hot")}, "no embeddings for the output to share"),
    ],
)
def test_options_that_do_not_fit(options: dict[str, Any], message: str):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_one_hot_input_works_untied():
    model = make(PLAIN.replace(input="one-hot"), tied=False)
    assert math.isfinite(mean_loss(model, batches(model)[0]))


def test_eos_is_needed_where_it_is_wanted():
    vocab = encode_lines(LINES, TEXT).vocab
    with pytest.raises(ValueError, match="this Vocab has no <eos>"):
        LanguageModel({"source": Side(vocab, TEXT)}, PLAIN)
    model = LanguageModel({"source": Side(vocab, TEXT)}, PLAIN, eos=False)
    data = Examples(encode_lines(LINES, TEXT, vocab=vocab))
    assert model.evaluate(data)["loss"] > 0
    with pytest.raises(ValueError, match="trained without <eos>"):
        next(model.generate(""))
    assert "<eos>" not in "".join(model.generate("the", max_tokens=50))


# --- scores


def test_evaluation_is_the_loss_of_the_stream():
    model, data = make(steps=10_000), stream()
    scores = model.evaluate(data, batch_size=1)
    (batch,) = list(model.batches(data, 1, 1, 1, pin_memory=False))
    expected = mean_loss(model, batch)
    assert scores["loss"] == pytest.approx(expected, rel=1e-5)
    assert scores["perplexity"] == pytest.approx(math.exp(expected), rel=1e-5)
    assert scores["word_perplexity"] == pytest.approx(scores["perplexity"])  # words are tokens
    assert scores["unknown"] == 0.0
    assert "bits_per_char" not in scores


def test_an_untrained_model_of_zeros_is_uniform():
    model = make()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert model.evaluate(stream())["perplexity"] == pytest.approx(len(model.vocab))


def test_characters_have_bits_and_words_their_perplexity():
    text = TextConfig(min_count=1, tokenizer="char")
    data = stream(["ab cd", "", "abc"], text)
    model = LanguageModel.for_dataset(data, PLAIN)
    scores = model.evaluate(data)
    assert scores["bits_per_char"] == pytest.approx(scores["loss"] / math.log(2))
    # 8 characters and 3 line ends; 3 words and 3 line ends.
    assert scores["word_perplexity"] == pytest.approx(math.exp(scores["loss"] * 11 / 6))


def test_unknown_words_are_told():
    data = stream()
    unknown = encode_lines(["the zebra sat"], TEXT, vocab=data.vocab)
    model = LanguageModel.for_dataset(data, PLAIN)
    assert model.evaluate(Examples(unknown))["unknown"] == pytest.approx(1 / 4)


def test_intervals_are_those_of_blocks_of_the_stream():
    model, data = make(), stream(LINES * 20)
    scores, intervals, *_ = model.report(data)
    assert set(intervals) == {"loss", "perplexity"}
    low, high = intervals["perplexity"]
    assert low < scores["perplexity"] < high
    assert intervals["loss"] == pytest.approx((math.log(low), math.log(high)))
    # However the stream is read, the blocks are the same; a first token without a past matters.
    assert model.report(data, batch_size=1).intervals["loss"] == pytest.approx(
        intervals["loss"], rel=0.01
    )
    # Four times the text, half the width.
    many = model.report(stream(LINES * 80)).intervals["loss"]
    ratio = (many[1] - many[0]) / (intervals["loss"][1] - intervals["loss"][0])
    assert 0.3 < ratio < 0.75


def test_blocks_hold_every_target_once(monkeypatch: pytest.MonkeyPatch):
    model, data, seen = make(), stream(), []

    def sums(blocks: np.ndarray, statistic: Any) -> tuple[float, float]:
        seen.append(blocks)
        return statistic(blocks.sum(axis=0)), 0.0

    monkeypatch.setattr("textseq.rnn.models.language_model.bootstrap", sums)
    monkeypatch.setattr(
        "textseq.rnn.models.language_model._COLD", 20
    )  # rows that differ by one target
    mean, _ = model.report(data, batch_size=4).intervals["loss"]
    n_targets = sum(len(line.split()) + 1 for line in LINES) - 1
    assert n_targets % 4
    assert seen[0][:, 1].sum() == n_targets
    assert len(seen[0]) == round(n_targets ** (2 / 3))
    assert set(seen[0][:, 1]) <= {5, 6}
    assert mean == pytest.approx(model.evaluate(data, batch_size=4)["loss"])


def test_the_intervals_of_characters():
    data = stream(["ab cd", "", "abc"] * 4, TextConfig(min_count=1, tokenizer="char"))
    model = LanguageModel.for_dataset(data, PLAIN)
    found = model.report(data).intervals
    expected = tuple(loss / math.log(2) for loss in found["loss"])
    assert found["bits_per_char"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        (TEXT, "per word (whitespace, <eos> too)"),
        (TEXT.replace(tokenizer="char"), "per character (char, <eos> too)"),
        (TextConfig(tokenizer="bpe", subword_vocab=300), "per subword (bpe, <eos> too)"),
    ],
)
def test_what_a_perplexity_is_of(text: TextConfig, unit: str):
    model = LanguageModel.for_dataset(stream(LINES, text), PLAIN)
    assert model.report(stream(LINES, text)).signatures["perplexity"] == unit


def test_a_corpus_of_another_vocabulary():
    with pytest.raises(ValueError, match="has another vocabulary than the model"):
        make().evaluate(stream(["quite other words"]))
    with pytest.raises(ValueError, match="reads a whole corpus in order"):
        make().evaluate(stream().select([1, 0]))
    with pytest.raises(ValueError, match="reads a whole corpus in order"):
        make().evaluate(Examples(np.zeros((2, 3), np.float32)))


AWKWARD = [
    "the cat sat", "", "zebra", "the", "a dog barked at the cat " * 30, "서울 مرحبا हिन्दी",
    "the cat\x00 \u2028 sat", "👩‍👩‍👧",
]  # fmt: skip


@pytest.mark.parametrize("batch_size", [1, 3, 64])
def test_a_score_does_not_depend_on_the_batch(batch_size: int):
    model = make(PLAIN.replace(layers=2))
    together = list(model.predict(iter(AWKWARD), batch_size))
    for text, score in zip(AWKWARD, together, strict=True):
        (alone,) = model.predict([text])
        assert alone.tokens == score.tokens
        assert alone.log_probs == pytest.approx(score.log_probs, abs=1e-5)
        assert score.log_prob == pytest.approx(sum(score.log_probs))
        assert score.perplexity == pytest.approx(
            math.exp(-score.log_prob / len(score.tokens)), rel=1e-6
        )
    assert together[1].tokens == ["<eos>"]
    assert together[2].tokens == ["<unk>", "<eos>"]
    assert list(model.predict([])) == []


def test_a_long_text_is_read_in_stretches(monkeypatch: pytest.MonkeyPatch):
    model = make()
    whole = list(model.predict(AWKWARD))
    monkeypatch.setattr("textseq.rnn.models.language_model._LOGITS", 8 * 5 * len(model.vocab))
    for a, b in zip(whole, model.predict(AWKWARD), strict=True):
        assert a.log_probs == pytest.approx(b.log_probs, abs=1e-5)


def test_a_text_of_100_000_words():
    (score,) = make().predict(["the cat " * 50_000])
    assert len(score.log_probs) == 100_001


def test_a_score_sums_to_one_over_the_next_word():
    model = make()
    total = 0.0
    for token in model.vocab.tokens:
        corpus = encode_lines(["the"], TEXT, vocab=model.vocab)
        ids = np.array([model.vocab.eos_id, corpus.ids[0], model.vocab.ids[token]], np.int64)
        total += math.exp(model._log_probs([ids])[0][1])
    assert total == pytest.approx(1, abs=1e-5)


# --- training, folders


def test_a_small_corpus_is_learnt_by_heart():
    lines = ["the cat sat on the mat .", "a dog barked at the moon .", "it rained all day ."] * 8
    data = stream(lines)
    model = LanguageModel.for_dataset(data, PLAIN.replace(hidden=32, dim=32), steps=8)
    history = fit(
        model, data, data, TrainConfig(epochs=40, lr=0.02, batch_size=2, patience=40, threads=1)
    )
    assert history.best_scores["perplexity"] < 1.3
    # What is left is which line comes; each line goes on as it was read.
    text = "".join(model.generate("a dog", GREEDY))
    assert text == " barked at the moon ."
    assert "".join(model.generate("it", Sampling(temperature=0.01))) == " rained all day ."


def test_saved_and_loaded_it_gives_the_same(tmp_path: Path):
    model = make(PLAIN.replace(layers=2), back_steps=70, vectors=None)
    model.save(tmp_path / "lm")
    loaded = SequenceModel.load(tmp_path / "lm")
    assert isinstance(loaded, LanguageModel)
    assert loaded.options == model.options
    assert list(loaded.predict(AWKWARD)) == list(model.predict(AWKWARD))
    assert list(loaded.generate("the cat", seed=3)) == list(model.generate("the cat", seed=3))
    assert loaded.evaluate(stream()) == model.evaluate(stream())


def test_a_model_of_subwords_carries_its_tokenizer(tmp_path: Path):
    text = TextConfig(tokenizer="bpe", subword_vocab=300)
    data = stream(LINES, text)
    model = LanguageModel.for_dataset(data, PLAIN)
    model.save(tmp_path / "lm")
    loaded = LanguageModel.load(tmp_path / "lm")
    assert str(loaded.text_config.tokenizer_file).startswith(str(tmp_path))
    assert list(loaded.predict(["the catfish"])) == list(model.predict(["the catfish"]))
    assert "".join(loaded.generate("the c")) == "".join(model.generate("the c"))
    assert loaded.evaluate(data) == model.evaluate(data)


@pytest.mark.parametrize("back_steps", [6, 15])
def test_resumed_it_ends_where_it_would_have(tmp_path: Path, back_steps: int):
    first, last = cut(stream(), 0.25)
    config = TrainConfig(epochs=3, lr=0.01, batch_size=2, threads=1, device="cpu")
    rnn = PLAIN.replace(dropout=0.2, embedding_dropout=0.2, word_dropout=0.1)

    def fresh() -> LanguageModel:
        return LanguageModel.for_dataset(first, rnn, steps=6, back_steps=back_steps)

    whole = fresh()
    fit(whole, first, last, config)
    stopped = fresh()

    def stop(entry: dict[str, Any]) -> None:
        if entry["epoch"] == 2:
            raise KeyboardInterrupt

    with pytest.raises(FitInterrupted):
        fit(stopped, first, last, config, checkpoint=tmp_path / "c", log=stop)
    resumed = fresh()
    fit(resumed, first, last, config, checkpoint=tmp_path / "c", resume=True)
    for a, b in zip(whole.parameters(), resumed.parameters(), strict=True):
        assert torch.equal(a, b)


# --- text that goes on


def test_generation_goes_by_its_seed():
    model = make()
    texts = ["".join(model.generate("the", seed=seed, stop_at_eos=False)) for seed in range(4)]
    assert texts == [
        "".join(model.generate("the", seed=seed, stop_at_eos=False)) for seed in range(4)
    ]
    assert len(set(texts)) == 4
    tokens = texts[0].split(" ")
    assert not {"<pad>", "<unk>", "<bos>", "<eos>"} & set(tokens)


def test_without_an_end_lines_follow_each_other():
    text = "".join(make().generate("", max_tokens=300, stop_at_eos=False))
    lines = text.split("\n")
    assert len(lines) > 2
    assert sum(len(line.split(" ")) for line in lines if line) + len(lines) - 1 == 300
    assert not any(line.startswith(" ") for line in lines)
    assert "\n" not in "".join(make().generate("", max_tokens=300))


@torch.inference_mode()
def test_greedy_is_step_by_step_the_likeliest():
    model = make()
    expected: list[str] = []
    for _ in range(5):
        (score,) = model.predict([" ".join(["the", *expected])])
        prompt = read_prompt(model, " ".join(["the", *expected]))
        logits, _ = model.step(torch.tensor([prompt._last_id]), prompt._state)
        banned = [model.vocab.pad_id, model.vocab.unk_id, model.vocab.bos_id]
        logits[0, banned] = -math.inf
        word_id = int(logits.argmax())
        if word_id == model.vocab.eos_id:
            break
        expected.append(model.vocab.tokens[word_id])
        assert score.tokens[0] == "the"
    pieces = list(model.generate("the", GREEDY, max_tokens=5))
    assert "".join(pieces).split() == expected


def test_a_prompt_is_cut_as_the_text_was():
    text = TextConfig(min_count=1, tokenizer="word", lowercase=True)
    model = LanguageModel.for_dataset(stream(LINES, text), PLAIN)
    prompt = read_prompt(model, "The CAT, it\nRAINED!")
    assert prompt.text == "the cat , it\nrained !"
    assert prompt.unknown == [",", "!"]
    assert read_prompt(model, "").text == ""


def test_a_long_prompt_is_one_pass(monkeypatch: pytest.MonkeyPatch):
    model = make()
    whole = read_prompt(model, "the cat sat on the mat")
    monkeypatch.setattr("textseq.rnn.models.prompt._PROMPT_TOKENS_AT_ONCE", 2)
    pieces = read_prompt(model, "the cat sat on the mat")
    assert whole._state is not None
    assert pieces._state is not None
    for a, b in zip(whole._state, pieces._state, strict=True):
        torch.testing.assert_close(a, b)


_PEAK = """
from textseq.config import TextConfig, find_recipe
from textseq.rnn.data.language_data import stream_of
from textseq.rnn.models.language_model import LanguageModel
from textseq.text.encode import encode_lines

lines = [" ".join(f"w{{n}}" for n in range(10_000))] * {n}
data = stream_of(encode_lines(lines, TextConfig(min_count=1)))
model = LanguageModel.for_dataset(data, hidden=4, dim=4)

def peak():
    found = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
    return int(found.split()[1])

before = peak()
model.report(data)
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak")
def test_the_memory_of_a_report_does_not_grow_with_the_text():
    """Small arrays between the logits of stretches kept 60 kB a token."""
    peaks = []
    for n in (2, 6):
        command = [sys.executable, "-c", _PEAK.format(n=n)]
        found = subprocess.run(command, capture_output=True, text=True, check=True)
        peaks.append(int(found.stdout))
    assert peaks[1] < peaks[0] + 50_000  # kB, for 40,000 tokens more
