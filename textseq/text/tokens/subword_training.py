"""Subword training: BPE, WordPiece and Unigram, learned from a text.

In: cleaned lines. Out: the JSON of a tokenizer.json, which subword.py loads. The words of a sample
are counted here and learned from by `tokenizers`, which does not listen to Ctrl-C: unless the work
is short, a process of its own does it. The same text gives the same JSON.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.config import TextConfig
from textseq.text.notices import notify
from textseq.text.tokens.line_sample import LineSample, sample_lines
from textseq.text.tokens.subword import (
    BYTES,
    CONTINUED,
    KINDS,
    LINES_AT_ONCE,
    METASPACE,
    SPECIALS,
    make_untrained,
    stay_quiet_after_fork,
)
from textseq.text.vocab import UNK

BYTES_FROM = 1024  # a smaller vocabulary has no room for bytes: unknown characters are <unk>
# Characters of distinct words that unigram learns from, the frequent words first. Its time grows
# with them, not with the text; twice as many make 1 % fewer subwords of a text.
UNIGRAM_CHARS = 500_000
UNIGRAM_CHARS_PER_TOKEN = 64  # what a large vocabulary takes instead
APART_CHARS = 30_000  # of distinct words; fewer are learned from before a process has started
_FED_CHARS = 1 << 16  # handed over at once
_TICK_SECONDS = 0.2
_PROGRAM = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from textseq.text.tokens.subword_training import serve_training
serve_training()
"""


def train_subword(
    lines: Iterable[str],
    config: TextConfig,
    *,
    tick: Callable[[], None] | None = None,
) -> str:
    """The JSON of a tokenizer.json, trained on cleaned lines; the same text gives the same JSON.

    Of more than `config.subword_sample` MB a sample is used, and a notice says so;
    `tick` is called now and then while nothing is read. There are at most `config.subword_vocab`
    tokens, special ones and bytes included, and fewer where the text holds no more. ValueError for
    a text without words, or an untrained kind.
    """
    kind = config.tokenizer
    if kind not in KINDS.values():
        raise ValueError(f"tokenizer is {kind!r}; subwords are {', '.join(KINDS.values())}")
    sample = sample_lines(lines, config.subword_sample * 10**6)
    if not sample.is_whole:
        notify(_about(sample))
    n_bytes = len(BYTES) if kind != "wordpiece" and config.subword_vocab >= BYTES_FROM else 0
    n_tokens = config.subword_vocab - n_bytes
    counts = _count_chars(sample.lines)
    if not counts.any():
        raise ValueError("no words to train subwords on")
    stay_quiet_after_fork()
    # Half of the tokens, at most, are single characters.
    alphabet = _alphabet(counts, make_untrained(kind), (n_tokens - len(SPECIALS)) // 2)
    words = _count_words(sample.lines, counts, {ord(token[-1]) for token in alphabet}, kind)
    if kind == "unigram":
        n_chars = max(UNIGRAM_CHARS, UNIGRAM_CHARS_PER_TOKEN * n_tokens)
        frequent = choose_frequent_words(words, n_chars)
        if len(frequent) < len(words):
            notify(
                f"unigram learned from the {len(frequent):,} most frequent of {len(words):,} words"
            )
        words = frequent
    job: dict[str, Any] = {"kind": kind, "n_tokens": n_tokens, "alphabet": alphabet, "words": words}
    is_short = sum(map(len, words)) <= APART_CHARS
    trained = _train(**job) if is_short else _train_apart(job, tick or (lambda: None))
    return _in_order(json.loads(trained), kind, BYTES[:n_bytes], n_tokens)


def _about(sample: LineSample) -> str:
    return (
        f"trained on a sample of {len(sample.lines):,} of {sample.n_lines_seen:,} lines "
        f"({sample.n_bytes / 1e6:.1f} of {sample.n_bytes_seen / 1e6:.1f} MB); "
        "--subword-sample takes more"
    )


# --- counting


def _count_chars(lines: list[str]) -> NDArray[np.int64]:
    """How often each code point stands there; white space and surrogates not at all."""
    counts = np.zeros(0x110000, np.int64)
    for start in range(0, len(lines), LINES_AT_ONCE):
        text = "\n".join(lines[start : start + LINES_AT_ONCE]).encode("utf-32-le", "surrogatepass")
        found = np.bincount(np.frombuffer(text, np.uint32))
        counts[: len(found)] += found
    counts[[code for code in range(0x3001) if chr(code).isspace()]] = 0
    counts[0xD800:0xE000] = 0
    return counts


def _alphabet(counts: NDArray[np.int64], tokenizer: Any, n_tokens: int) -> list[str]:
    """The most frequent characters, as many as make `n_tokens`; "##a" for those inside words."""
    is_wordpiece = type(tokenizer.model).__name__ == "WordPiece"
    alphabet: list[str] = []
    for code in np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)].tolist():
        tokens = [chr(code)]
        if is_wordpiece and len(tokenizer.pre_tokenizer.pre_tokenize_str(f"a{chr(code)}")) == 1:
            tokens.append(CONTINUED + chr(code))
        if len(alphabet) + len(tokens) > n_tokens:
            break
        alphabet += tokens
    return sorted(alphabet)


def _count_words(
    lines: list[str], chars: NDArray[np.int64], kept: set[int], kind: str
) -> dict[str, int]:
    """How often there is what the tokenizer cuts apart before it looks for subwords."""
    pieces: Counter[str] = Counter()
    for text in _training_text(lines, chars, kept):
        pieces.update(text.split())
    # No word reaches over white space, so that each distinct piece is cut once; those that stand
    # there equally often are cut together.
    cut = make_untrained(kind).pre_tokenizer.pre_tokenize_str
    words: Counter[str] = Counter()
    for n, group in groupby(sorted(pieces.items(), key=_count_of), key=_count_of):
        equally_often = [piece for piece, _ in group]
        for start in range(0, len(equally_often), LINES_AT_ONCE):
            for word, _ in cut(" ".join(equally_often[start : start + LINES_AT_ONCE])):
                words[word] += n
    return words


def _count_of(entry: tuple[str, int]) -> int:
    return entry[1]


def _training_text(lines: list[str], counts: NDArray[np.int64], kept: set[int]) -> Iterator[str]:
    """Batches of lines without rare characters, and without what only looks like a token."""
    rare = {int(code): " " for code in np.flatnonzero(counts) if int(code) not in kept}
    rare |= dict.fromkeys(range(0xD800, 0xE000), " ")
    # No subword may have the name of a special token or a byte, or decoding would mix them up.
    taken = re.compile("|".join((*SPECIALS, "<0x[0-9A-F]{2}>")))
    for start in range(0, len(lines), LINES_AT_ONCE):
        yield taken.sub(" ", "\n".join(lines[start : start + LINES_AT_ONCE]).translate(rare))


def choose_frequent_words(words: Mapping[str, int], n_chars: int) -> dict[str, int]:
    """The most frequent words, of `n_chars` characters together; of equally frequent ones any.

    In scripts without spaces most words, which are whole phrases there, stand in a text once: a
    fair choice of them is a sample of the text.
    """
    if sum(map(len, words)) <= n_chars:
        return dict(words)
    order = sorted(words, key=lambda word: (-words[word], zlib.crc32(word.encode()), word))
    ends = np.cumsum([len(word) for word in order])
    return {word: words[word] for word in order[: int(np.searchsorted(ends, n_chars, "right"))]}


# --- learning


def _train_apart(job: dict[str, Any], tick: Callable[[], None]) -> str:
    """`_train` in a process of its own, which ends when this one is interrupted."""
    # -P: nothing of the folder that the user is in. In a session of its own it does not see the
    # Ctrl-C of a terminal, which is for this process.
    command = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(list(map(str, sys.path)))]
    # Files, since a pipe that nobody empties would stop one side or the other.
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(json.dumps(job).encode())
        source.seek(0)
        with subprocess.Popen(
            command, stdin=source, stdout=target, start_new_session=True
        ) as process:
            try:
                while process.poll() is None:
                    with suppress(subprocess.TimeoutExpired):
                        process.wait(_TICK_SECONDS)
                    tick()
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise RuntimeError(f"training subwords ended early (status {process.returncode})")
        target.seek(0)
        return target.read().decode()


def serve_training() -> None:
    """The life of that process: a job on standard input, a tokenizer.json on standard output."""
    with open(0, "rb") as source:
        trained = _train(**json.load(source))
    with open(1, "wb") as target:
        target.write(trained.encode())


def _train(kind: str, n_tokens: int, alphabet: list[str], words: Mapping[str, int]) -> str:
    """The JSON as `tokenizers` makes it."""
    from tokenizers import pre_tokenizers

    tokenizer = make_untrained(kind)
    own, tokenizer.pre_tokenizer = tokenizer.pre_tokenizer, pre_tokenizers.CharDelimiterSplit("\n")
    tokenizer.train_from_iterator(_repeated(words), _trainer(kind, n_tokens, alphabet))
    tokenizer.pre_tokenizer = own
    return str(tokenizer.to_str())


def _repeated(words: Mapping[str, int]) -> Iterator[list[str]]:
    """Each word as often as it was counted, a line each: `tokenizers` takes no counts."""
    batch: list[str] = []
    n_chars = 0
    for word, n in words.items():
        at_once = max(1, _FED_CHARS // (len(word) + 1))
        while n:
            n_now = min(n, at_once)
            batch.append(f"{word}\n" * n_now)
            n -= n_now
            n_chars += n_now * (len(word) + 1)
            if n_chars >= _FED_CHARS:
                yield batch
                batch, n_chars = [], 0
    yield batch


def _trainer(kind: str, n_tokens: int, alphabet: list[str]) -> Any:
    from tokenizers import trainers

    specials = list(SPECIALS)
    if kind == "unigram":
        return trainers.UnigramTrainer(
            vocab_size=n_tokens, special_tokens=specials, unk_token=UNK,
            initial_alphabet=[METASPACE, *alphabet], show_progress=False,
            shrinking_factor=0.25,  # a third of the time of 0.75, for 0.4 % more subwords in a text
        )  # fmt: skip
    if kind == "bpe":
        return trainers.BpeTrainer(
            vocab_size=n_tokens, special_tokens=specials, min_frequency=2,
            initial_alphabet=[METASPACE], show_progress=False,
        )  # fmt: skip
    # The trainer would number "##a", "##b" ... in the order of its hash table, which changes
    # with every process, and break ties by these numbers. Named here they are in our order.
    specials += [token for token in alphabet if len(token) > 1]
    return trainers.WordPieceTrainer(
        vocab_size=n_tokens, special_tokens=specials, min_frequency=2, show_progress=False
    )


# --- what comes out


def _in_order(trained: dict[str, Any], kind: str, byte_tokens: Sequence[str], n_tokens: int) -> str:
    """The JSON with ids in the order specials, bytes, subwords, whatever the trainer made.

    Without the bytes there are at most `n_tokens`.
    """
    model = trained["model"]
    trained["added_tokens"] = trained["added_tokens"][: len(SPECIALS)]
    if kind == "unigram":
        found: dict[str, float | None] = dict(model["vocab"])
        pieces = _settled(
            [entry for entry in found.items() if entry[0] not in SPECIALS],
            with_bytes=bool(byte_tokens),
        )
        pieces = _without_surplus(pieces, len(pieces) - (n_tokens - len(SPECIALS)))
        least = min(-1000.0, *(2 * score for _, score in pieces))
        # Bytes are the last resort: text that reads "<0x41>" must not become one.
        model["vocab"] = [
            *([token, 0.0] for token in SPECIALS),
            *([token, least] for token in byte_tokens),
            *([piece, score] for piece, score in pieces),
        ]
        model["unk_id"] = SPECIALS.index(UNK)
    else:
        by_id = sorted(model["vocab"], key=model["vocab"].__getitem__)
        tokens = [*SPECIALS, *byte_tokens, *(token for token in by_id if token not in SPECIALS)]
        model["vocab"] = {token: token_id for token_id, token in enumerate(tokens)}
    if byte_tokens:
        model["byte_fallback"] = True
    return json.dumps(trained, ensure_ascii=False, separators=(",", ":")) + "\n"


def _settled(found: list[tuple[str, float | None]], *, with_bytes: bool) -> list[tuple[str, float]]:
    """Pieces of unigram by falling score, freed of what differs between two runs.

    The trainer adds up floating-point numbers in the order of its hash table, so that their
    last digits differ, and gives characters that it would have dropped scores 0.0001 apart in
    that order; here they all get the lowest one. Where nothing was left to train on, it is NaN.
    """
    low = min((score for _, score in found if score is not None), default=-1.0)
    n_chars = sum(len(piece) == 1 for piece, _ in found)
    scores = {}
    for piece, score in found:
        dropped = score is None or (len(piece) == 1 and score < low + 1e-4 * (n_chars + 1))
        scores[piece] = round(low if score is None or dropped else score, 4)
    if with_bytes:
        # Text that reads "<0x41>" is spelled in characters, which therefore must be known.
        for char in "<0x123456789ABCDEF>":
            scores.setdefault(char, round(low, 4))
    return sorted(scores.items(), key=lambda entry: (-entry[1], entry[0]))


def _without_surplus(pieces: list[tuple[str, float]], surplus: int) -> list[tuple[str, float]]:
    """The pieces without the last few that can be spelled by others."""
    longer = [piece for piece, _ in pieces if len(piece) > 1]
    dropped = set(longer[-surplus:]) if surplus > 0 else set()
    return [entry for entry in pieces if entry[0] not in dropped]
