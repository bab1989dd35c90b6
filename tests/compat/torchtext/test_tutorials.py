"""Scripts as torchtext's own tutorials have them, on made data, with their imports changed only."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.data import DataLoader
from torch.utils.data.dataset import random_split

from textseq.compat import torchtext
from textseq.compat.torchtext.data.functional import to_map_style_dataset
from textseq.compat.torchtext.data.metrics import bleu_score
from textseq.compat.torchtext.data.utils import get_tokenizer, ngrams_iterator
from textseq.compat.torchtext.datasets import AG_NEWS, Multi30k, multi30k
from textseq.compat.torchtext.vocab import build_vocab_from_iterator

TOPICS = ("election minister", "match goal", "shares market", "software chip")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """torchtext's root, with small files of both data sets."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    news, captions = tmp_path / "text/datasets/AG_NEWS", tmp_path / "text/datasets/Multi30k"
    news.mkdir(parents=True)
    captions.mkdir()
    draw = random.Random(1)
    for part, n_rows in (("train", 120), ("test", 40)):
        rows = []
        for row in range(n_rows):
            words = [*draw.choices(TOPICS[row % 4].split(), k=4), *draw.choices(["the", "a"], k=4)]
            draw.shuffle(words)
            rows.append(f'"{row % 4 + 1}","{" ".join(words[:3])}","{" ".join(words[3:])}, so."\n')
        (news / f"{part}.csv").write_text("".join(rows))
    for part in ("train", "val", "test"):
        (captions / f"{part}.de").write_text("Ein Hund läuft .\nZwei Hunde laufen schnell .\n")
        (captions / f"{part}.en").write_text("A dog runs .\nTwo dogs run fast .\n")
    return tmp_path


def test_news_are_classified(home: Path):
    torchtext.disable_torchtext_deprecation_warning()
    torch.manual_seed(0)
    tokenizer = get_tokenizer("basic_english")
    train_iter = AG_NEWS(split="train")

    def yield_tokens(data_iter: Iterable) -> Iterable:
        for _, text in data_iter:
            yield ngrams_iterator(tokenizer(text), 2)

    vocab = build_vocab_from_iterator(yield_tokens(train_iter), specials=["<unk>"])
    vocab.set_default_index(vocab["<unk>"])

    def collate_batch(batch: list) -> tuple:
        label_list, text_list, offsets = [], [], [0]
        for label, text in batch:
            label_list.append(int(label) - 1)
            ids = vocab(list(ngrams_iterator(tokenizer(text), 2)))
            text_list.append(torch.tensor(ids, dtype=torch.int64))
            offsets.append(len(ids))
        starts = torch.tensor(offsets[:-1]).cumsum(dim=0)
        return torch.tensor(label_list), torch.cat(text_list), starts

    class TextClassificationModel(nn.Module):
        def __init__(self, vocab_size: int, embed_dim: int, num_class: int) -> None:
            super().__init__()
            self.embedding = nn.EmbeddingBag(vocab_size, embed_dim, sparse=False)
            self.fc = nn.Linear(embed_dim, num_class)

        def forward(self, text: torch.Tensor, offsets: torch.Tensor) -> torch.Tensor:
            return self.fc(self.embedding(text, offsets))

    num_class = len({label for label, text in AG_NEWS(split="train")})
    assert num_class == 4
    model = TextClassificationModel(len(vocab), 16, num_class)
    criterion = nn.CrossEntropyLoss()

    train_iter, test_iter = AG_NEWS()
    train_dataset, test_dataset = to_map_style_dataset(train_iter), to_map_style_dataset(test_iter)
    num_train = int(len(train_dataset) * 0.95)
    split_train, split_valid = random_split(
        train_dataset, [num_train, len(train_dataset) - num_train]
    )
    loaders = [
        DataLoader(data, batch_size=8, shuffle=True, collate_fn=collate_batch)
        for data in (split_train, split_valid, test_dataset)
    ]
    for _ in range(3):
        for label, text, offsets in loaders[0]:
            model.zero_grad()
            criterion(model(text, offsets), label).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 0.1)
            with torch.no_grad():  # by hand: torch.optim takes two seconds to be imported
                for weights in model.parameters():
                    weights -= 5.0 * weights.grad
    for loader in loaders[1:]:
        right = [(model(text, at).argmax(1) == label) for label, text, at in loader]
        assert torch.cat(right).float().mean() > 0.9
    # Straight from the files, too, without a data set in memory.
    streamed = DataLoader(test_iter, batch_size=8, shuffle=False, collate_fn=collate_batch)
    assert sum(len(label) for label, _, _ in streamed) == 40


def test_captions_are_made_ready_for_a_translator(home: Path):
    multi30k.URL["train"] = "https://example.com/training.tar.gz"  # as tutorials have to
    src, tgt = "de", "en"
    unk, pad, bos, eos = range(4)
    special_symbols = ["<unk>", "<pad>", "<bos>", "<eos>"]
    token_transform = {language: get_tokenizer(None) for language in (src, tgt)}
    vocab_transform = {}
    for place, language in enumerate((src, tgt)):
        train_iter = Multi30k(split="train", language_pair=(src, tgt))
        vocab_transform[language] = build_vocab_from_iterator(
            (token_transform[language](pair[place]) for pair in train_iter),
            min_freq=1,
            specials=special_symbols,
            special_first=True,
        )
        vocab_transform[language].set_default_index(unk)

    def text_transform(language: str, text: str) -> torch.Tensor:
        ids = vocab_transform[language](token_transform[language](text.rstrip("\n")))
        return torch.cat((torch.tensor([bos]), torch.tensor(ids), torch.tensor([eos])))

    def collate_fn(batch: list) -> tuple:
        sides = zip(*batch, strict=True)
        return tuple(
            pad_sequence([text_transform(language, text) for text in texts], padding_value=pad)
            for language, texts in zip((src, tgt), sides, strict=True)
        )

    ((source, target),) = DataLoader(
        Multi30k(split="valid", language_pair=(src, tgt)), batch_size=128, collate_fn=collate_fn
    )
    assert source.shape == target.shape == (7, 2)
    assert source[:, 0].tolist()[-2:] == [eos, pad]
    english = vocab_transform[tgt].lookup_tokens(target[1:6, 1].tolist())
    assert english == ["Two", "dogs", "run", "fast", "."]
    assert bleu_score([english], [[english, ["A", "dog"]]]) == 1.0
    assert [len(list(part)) for part in Multi30k()] == [2, 2, 2]
