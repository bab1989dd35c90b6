"""Subwords: BPE, WordPiece and Unigram, trained here or read from any tokenizer.json.

In: lines to train on, or the path of a tokenizer.json. Out: the JSON of one, or a Tokenizer.
This is the only file that knows the package `tokenizers`; the rest of textseq sees the adapter
in tokenizer.py. The tokenizers trained here leave the text as it is (cleaning/ changes it),
cut at white space as `str.split` does, and never look past it.
"""

from __future__ import annotations

import functools
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.config import TextConfig, TokenizerName
from textseq.text.tokens.line_sample import sample_lines
from textseq.text.tokens.tokenizer import Span, Tokenizer, without_surrogates
from textseq.text.vocab import BOS, EOS, PAD, UNK

SPECIALS = (PAD, UNK, BOS, EOS)
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
BYTES_FROM = 1024  # a smaller vocabulary has no room for bytes: unknown characters are <unk>
BATCH = 2048  # lines handed over at once; the results of more would only fill memory
LONGEST = 64  # characters of a word that are cut together

MARK = "▁"  # begins each word in bpe and unigram; in the text itself it means a space
_CONTINUED = "##"  # begins what does not begin a word in wordpiece

# Every character for which str.isspace() holds: "\s" of `tokenizers` leaves out U+001C-U+001F.
_SPACE = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORD_CHARS = "\\p{L}\\p{M}\\p{Cf}"
# <url> and the like stay whole, and so do words with an apostrophe; digits and signs are cut off.
_PART_OF_WORD = (
    f"{MARK}?<[a-z]+>|{MARK}?[{_WORD_CHARS}]{{1,{LONGEST}}}(?:['’][{_WORD_CHARS}]{{1,{LONGEST}}})*"
    f"|{MARK}?\\p{{N}}{{1,{LONGEST}}}"
    f"|{MARK}?[^{_WORD_CHARS}\\p{{N}}{MARK}<]{{1,{LONGEST}}}|{MARK}?<|{MARK}"
)
# As BERT does: signs and Han characters alone.
_ALONE = "\\p{P}\\p{S}\\p{Han}"
_WORDPIECE_WORD = f"<[a-z]+>|[{_ALONE}]|[^{_SPACE}{_ALONE}]{{1,{LONGEST}}}"

_KINDS = {"BPE": "bpe", "WordPiece": "wordpiece", "Unigram": "unigram"}
_HELP = {
    "bpe": "Subwords by byte pair encoding, ▁ before each word.",
    "wordpiece": "Subwords as in BERT, ## inside words.",
    "unigram": "Subwords as in SentencePiece, ▁ before each word.",
    "json": "Whatever a tokenizer.json says.",
}

# --- training


def train_subword(
    lines: Iterable[str], config: TextConfig, *, told: Callable[[str], None] | None = None
) -> str:
    """The JSON of a tokenizer.json, trained on cleaned lines; the same text gives the same JSON.

    Of more than `config.subword_sample` MB a sample is used, and `told` gets a sentence on it.
    There are at most `config.subword_vocab` tokens, special ones and bytes included, and fewer
    where the text holds no more. ValueError for a text without words, or an untrained kind.
    """
    kind = config.tokenizer
    if kind not in _KINDS.values():
        raise ValueError(f"tokenizer is {kind!r}; subwords are {', '.join(_KINDS.values())}")
    sample = sample_lines(lines, config.subword_sample * 10**6)
    if told is not None and not sample.is_whole:
        told(
            f"trained on a sample of {len(sample.lines):,} of {sample.n_lines_seen:,} lines "
            f"({sample.n_bytes / 1e6:.1f} of {sample.n_bytes_seen / 1e6:.1f} MB); "
            "--subword-sample takes more"
        )
    n_bytes = len(BYTES) if kind != "wordpiece" and config.subword_vocab >= BYTES_FROM else 0
    n_tokens = config.subword_vocab - n_bytes
    counts = _count_chars(sample.lines)
    if not counts.any():
        raise ValueError("no words to train subwords on")
    _quiet_after_fork()
    untrained = _untrained(kind)
    # Half of the tokens, at most, are single characters.
    alphabet = _alphabet(counts, untrained, (n_tokens - len(SPECIALS)) // 2)
    kept = {ord(token[-1]) for token in alphabet}
    untrained.train_from_iterator(
        _training_text(sample.lines, counts, kept), _trainer(kind, n_tokens, alphabet)
    )
    return _in_order(json.loads(untrained.to_str()), kind, BYTES[:n_bytes])


def _count_chars(lines: list[str]) -> NDArray[np.int64]:
    """How often each code point stands there; white space and surrogates not at all."""
    counts = np.zeros(0x110000, np.int64)
    for start in range(0, len(lines), BATCH):
        text = "\n".join(lines[start : start + BATCH]).encode("utf-32-le", "surrogatepass")
        found = np.bincount(np.frombuffer(text, np.uint32))
        counts[: len(found)] += found
    counts[[code for code in range(0x3001) if chr(code).isspace()]] = 0
    counts[0xD800:0xE000] = 0
    return counts


def _alphabet(counts: NDArray[np.int64], untrained: Any, n_tokens: int) -> list[str]:
    """The most frequent characters, as many as make `n_tokens`; "##a" for those inside words."""
    is_wordpiece = type(untrained.model).__name__ == "WordPiece"
    alphabet: list[str] = []
    for code in np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)].tolist():
        tokens = [chr(code)]
        if is_wordpiece and len(untrained.pre_tokenizer.pre_tokenize_str(f"a{chr(code)}")) == 1:
            tokens.append(_CONTINUED + chr(code))
        if len(alphabet) + len(tokens) > n_tokens:
            break
        alphabet += tokens
    return sorted(alphabet)


def _training_text(
    lines: list[str], counts: NDArray[np.int64], kept: set[int]
) -> Iterator[list[str]]:
    """Batches of lines without rare characters, and without what only looks like a token."""
    rare = {int(code): " " for code in np.flatnonzero(counts) if int(code) not in kept}
    rare |= dict.fromkeys(range(0xD800, 0xE000), " ")
    # No subword may have the name of a special token or a byte, or decoding would mix them up.
    taken = re.compile("|".join((*SPECIALS, "<0x[0-9A-F]{2}>")))
    for start in range(0, len(lines), BATCH):
        text = "\n".join(lines[start : start + BATCH]).translate(rare)
        yield taken.sub(" ", text).split("\n")


def _untrained(kind: str) -> Any:
    """A tokenizer of ours without a vocabulary."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    if kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token=UNK, max_input_chars_per_word=LONGEST))
        words = pre_tokenizers.Split(Regex(_WORDPIECE_WORD), "removed", invert=True)
        tokenizer.pre_tokenizer = words
        tokenizer.decoder = decoders.WordPiece(prefix=_CONTINUED, cleanup=False)
        return tokenizer
    model = models.BPE(unk_token=UNK) if kind == "bpe" else models.Unigram()
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(f"[{_SPACE}]"), "removed"),
            pre_tokenizers.Metaspace(MARK, prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(_PART_OF_WORD), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace(MARK, " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return tokenizer


def _trainer(kind: str, n_tokens: int, alphabet: list[str]) -> Any:
    from tokenizers import trainers

    specials = list(SPECIALS)
    if kind == "unigram":
        return trainers.UnigramTrainer(
            vocab_size=n_tokens, special_tokens=specials, unk_token=UNK,
            initial_alphabet=[MARK], show_progress=False,
            shrinking_factor=0.5,  # half the time of 0.75, for 0.2 % more subwords in a text
        )  # fmt: skip
    if kind == "bpe":
        return trainers.BpeTrainer(
            vocab_size=n_tokens, special_tokens=specials, min_frequency=2,
            initial_alphabet=[MARK], show_progress=False,
        )  # fmt: skip
    # The trainer would number "##a", "##b" ... in the order of its hash table, which changes
    # with every process, and break ties by these numbers. Named here they are in our order.
    specials += [token for token in alphabet if len(token) > 1]
    return trainers.WordPieceTrainer(
        vocab_size=n_tokens, special_tokens=specials, min_frequency=2, show_progress=False
    )


def _in_order(trained: dict[str, Any], kind: str, byte_tokens: Sequence[str]) -> str:
    """The JSON with ids in the order specials, bytes, subwords, whatever the trainer made."""
    model = trained["model"]
    trained["added_tokens"] = trained["added_tokens"][: len(SPECIALS)]
    if kind == "unigram":
        found: dict[str, float | None] = dict(model["vocab"])
        pieces = _settled(
            [entry for entry in found.items() if entry[0] not in SPECIALS],
            with_bytes=bool(byte_tokens),
        )
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


# --- loading


def load_subword(path: str | os.PathLike[str], kind: TokenizerName = "json") -> Tokenizer:
    """The tokenizer of a tokenizer.json; `kind` is the one it must be, "json" for any.

    Truncation, padding and dropout are off, and no special tokens are added at the ends.
    FileNotFoundError where there is no file, ValueError where it holds no such tokenizer.
    """
    file = Path(path)
    if not file.exists():
        raise FileNotFoundError(f"there is no {file}; tokenizer_file names a tokenizer.json")
    if not file.is_file():
        raise ValueError(f"{file} is a folder; tokenizer_file names the tokenizer.json in it")
    from tokenizers import Tokenizer as Rust

    try:
        text = file.read_text(encoding="utf-8")
        options = json.loads(text)
        rust = Rust.from_str(text)
    except Exception as error:  # `tokenizers` has no narrower class
        raise ValueError(f"{file} is not a tokenizer.json: {error}") from None
    held = options["model"].get("type", type(rust.model).__name__)
    if kind != "json" and _KINDS.get(held) != kind:
        raise ValueError(
            f"{file} holds a {held} tokenizer, not {kind}; the tokenizer 'json' takes any"
        )
    rust.no_truncation()
    rust.no_padding()
    if getattr(rust.model, "dropout", None):
        rust.model.dropout = None  # random; the same text must have the same ids
    _quiet_after_fork()
    ours = _is_ours(options, _KINDS.get(held, ""))
    tokens = _tokens_of(rust, file)
    added = rust.get_added_tokens_decoder()
    specials = tuple(added[i].content for i in sorted(added) if added[i].special)
    return _adapt(rust, tokens, specials, ours=ours, kind=_KINDS[held] if ours else "json")


def _is_ours(options: dict[str, Any], kind: str) -> bool:
    """Whether it cuts as `_untrained` says, which is known to look at one word at a time."""
    if kind not in _KINDS.values():
        return False
    own = json.loads(_untrained(kind).to_str())
    stages = ("normalizer", "pre_tokenizer", "decoder")
    return (
        all(options.get(stage) == own[stage] for stage in stages)
        and [token["content"] for token in options.get("added_tokens", ())] == list(SPECIALS)
        and not any(
            token[option]
            for token in options["added_tokens"]
            for option in ("single_word", "lstrip", "rstrip")
        )
    )


def _tokens_of(rust: Any, file: Path) -> tuple[str, ...]:
    """Tokens by id; ids that no token has get names that no token has."""
    ids: dict[str, int] = rust.get_vocab(with_added_tokens=True)
    if not ids:
        raise ValueError(f"{file} holds a tokenizer without a vocabulary")
    last = max(ids.values())
    if last > 2 * len(ids) + 10**6:  # or a few bytes of JSON would fill the memory
        raise ValueError(f"{file} is damaged: {len(ids)} tokens with ids up to {last}")
    by_id = {token_id: token for token, token_id in ids.items()}
    tokens = []
    for token_id in range(last + 1):
        token = by_id.get(token_id)
        if token is None:
            token = f"<unused{token_id}>"
            while token in ids:
                token = f"<{token}>"
        tokens.append(token)
    return tuple(tokens)


def _adapt(
    rust: Any, tokens: tuple[str, ...], specials: tuple[str, ...], *, ours: bool, kind: str
) -> Tokenizer:
    """The functions of a Tokenizer around the one of `tokenizers`."""

    def encoded(text: str) -> Any:
        try:
            return rust.encode(text, add_special_tokens=False)
        except TypeError:  # so it says that a str holds lone surrogates
            return rust.encode(without_surrogates(text), add_special_tokens=False)

    def encoded_lines(batch: list[str]) -> Any:
        try:
            return rust.encode_batch_fast(batch, add_special_tokens=False)
        except TypeError:
            batch = [without_surrogates(line) for line in batch]
            return rust.encode_batch_fast(batch, add_special_tokens=False)

    def split(text: str) -> list[str]:
        # Not .tokens: unigram puts there the text itself where the id is that of <unk>.
        return [tokens[token_id] for token_id in encoded(text).ids]

    def spans(text: str) -> list[Span]:
        return _rising(encoded(text).offsets, len(text))

    def encode_all(lines: Sequence[str]) -> list[list[int]]:
        ids: list[list[int]] = []
        for start in range(0, len(lines), BATCH):
            ids += [each.ids for each in encoded_lines(list(lines[start : start + BATCH]))]
        return ids

    def split_all(lines: Sequence[str]) -> list[list[str]]:
        return [[tokens[token_id] for token_id in ids] for ids in encode_all(lines)]

    def join(parts: Sequence[str]) -> str:
        if ours and kind != "wordpiece":  # special tokens stand between words
            parts = [MARK + part if part in SPECIALS else part for part in parts]
        return str(rust.decoder.decode(list(parts))) if rust.decoder else " ".join(parts)

    return Tokenizer(
        split, spans, per_word=ours, help=_HELP[kind], join=join, split_all=split_all,
        encode_all=encode_all, tokens=tokens, specials=specials,
    )  # fmt: skip


def _rising(offsets: Iterable[Span], length: int) -> list[Span]:
    """Spans inside the text whose starts never fall, whatever a normalizer made of them."""
    spans, last = [], 0
    for start, stop in offsets:
        start = max(last, min(start, length))
        spans.append((start, max(start, min(stop, length))))
        last = start
    return spans


@functools.cache
def _quiet_after_fork() -> None:
    """Child processes use one thread each, and no warning of `tokenizers` says so.

    It finds its threads gone after a fork, and complains unless the variable is set by then.
    """
    name = "TOKENIZERS_PARALLELISM"
    if not hasattr(os, "register_at_fork"):
        return
    ours = False

    def before() -> None:
        nonlocal ours
        ours = name not in os.environ
        os.environ.setdefault(name, "false")

    def in_parent() -> None:
        if ours:
            os.environ.pop(name, None)

    os.register_at_fork(before=before, after_in_parent=in_parent)
