"""Subwords: BPE, WordPiece and Unigram, and whatever else a tokenizer.json holds.

In: the path of a tokenizer.json. Out: a Tokenizer. This file and subword_training.py, which makes
such files, are the only ones that know the package `tokenizers`; the rest of textseq sees the
type in adapter.py. Our own kinds leave the text as it is (cleaning/ changes it), cut at white
space as `str.split` does, and never look past it.
"""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from textseq.advice import advise
from textseq.artifact import parse_json
from textseq.config import TokenizerName
from textseq.text.tokens.adapter import CharSpan, Tokenizer, replace_surrogates
from textseq.text.vocab import BOS, EOS, PAD, UNK

SPECIALS = (PAD, UNK, BOS, EOS)
BYTES = tuple(f"<0x{byte:02X}>" for byte in range(256))
LINES_AT_ONCE = 2048  # lines handed over at once; the results of more would only fill memory
LONGEST_WORD = 64  # characters of a word that are cut together

METASPACE = "▁"  # begins each word in bpe and unigram; in the text itself it means a space
CONTINUED = "##"  # begins what does not begin a word in wordpiece

# Every character for which str.isspace() holds: "\s" of `tokenizers` leaves out U+001C-U+001F.
_SPACE = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_WORD_CHARS = "\\p{L}\\p{M}\\p{Cf}"
# <url> and the like stay whole, and so do words with an apostrophe; digits and signs are cut off.
_RUN = f"[{_WORD_CHARS}]{{1,{LONGEST_WORD}}}"
_PART_OF_WORD = (
    f"{METASPACE}?<[a-z]+>|{METASPACE}?{_RUN}(?:['’]{_RUN})*"
    f"|{METASPACE}?\\p{{N}}{{1,{LONGEST_WORD}}}"
    f"|{METASPACE}?[^{_WORD_CHARS}\\p{{N}}{METASPACE}<]{{1,{LONGEST_WORD}}}"
    f"|{METASPACE}?<|{METASPACE}"
)
# As BERT does: signs and Han characters alone.
_ALONE = "\\p{P}\\p{S}\\p{Han}"
_WORDPIECE_WORD = f"<[a-z]+>|[{_ALONE}]|[^{_SPACE}{_ALONE}]{{1,{LONGEST_WORD}}}"

KINDS = {"BPE": "bpe", "WordPiece": "wordpiece", "Unigram": "unigram"}
_HELP = {
    "bpe": "Subwords by byte pair encoding, ▁ before each word.",
    "wordpiece": "Subwords as in BERT, ## inside words.",
    "unigram": "Subwords as in SentencePiece, ▁ before each word.",
    "json": "Whatever a tokenizer.json says.",
}

# --- the pipeline


def make_untrained(kind: str) -> Any:
    """A tokenizer of ours without a vocabulary."""
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers

    if kind == "wordpiece":
        wordpiece = models.WordPiece(unk_token=UNK, max_input_chars_per_word=LONGEST_WORD)
        tokenizer = Tokenizer(wordpiece)
        words = pre_tokenizers.Split(Regex(_WORDPIECE_WORD), "removed", invert=True)
        tokenizer.pre_tokenizer = words
        tokenizer.decoder = decoders.WordPiece(prefix=CONTINUED, cleanup=False)
        return tokenizer
    model = models.BPE(unk_token=UNK) if kind == "bpe" else models.Unigram()
    tokenizer = Tokenizer(model)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(f"[{_SPACE}]"), "removed"),
            pre_tokenizers.Metaspace(METASPACE, prepend_scheme="always", split=False),
            pre_tokenizers.Split(Regex(_PART_OF_WORD), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.Sequence(
        [
            decoders.Replace(METASPACE, " "),
            decoders.ByteFallback(),
            decoders.Fuse(),
            decoders.Strip(" ", 1, 0),
        ]
    )
    return tokenizer


# --- loading


def load_subword(
    path: str | os.PathLike[str], kind: TokenizerName = "json", *, content: bytes | None = None
) -> Tokenizer:
    """The tokenizer of a tokenizer.json; `kind` is the one it must be, "json" for any; `content`
    is what was in the file, where that is known already.

    Truncation, padding and dropout are off, and no special tokens are added at the ends.
    FileNotFoundError where there is no file, ValueError where it holds no such tokenizer.
    """
    file = Path(path)
    if content is None and not file.exists():
        raise FileNotFoundError(
            f"there is no {file}; " + advise("tokenizer_file") + " names a tokenizer.json"
        )
    if content is None and not file.is_file():
        raise ValueError(
            f"{file} is a folder; " + advise("tokenizer_file") + " names the tokenizer.json in it"
        )
    from tokenizers import Tokenizer as Rust

    what = f"{file} is not a tokenizer.json"
    with _native(what):
        text = (file.read_bytes() if content is None else content).decode("utf-8")
        options = parse_json(text, strict=False)
    _check_sizes(options, file)
    with _native(what):
        rust = Rust.from_str(text)
        held = options["model"].get("type", type(rust.model).__name__)
        rust.no_truncation()
        rust.no_padding()
        if getattr(rust.model, "dropout", None):
            rust.model.dropout = None  # random; the same text must have the same ids
        added = rust.get_added_tokens_decoder()
        ids: dict[str, int] = rust.get_vocab(with_added_tokens=True)
    if kind != "json" and KINDS.get(held) != kind:
        raise ValueError(
            f"{file} holds a {str(held)[:60]} tokenizer, not {kind}; the tokenizer 'json' takes any"
        )
    stay_quiet_after_fork()
    ours = _is_ours(options, KINDS.get(held, ""))
    tokens = _tokens_of(ids, file)
    specials = tuple(added[i].content for i in sorted(added) if added[i].special)
    return _adapt(rust, tokens, specials, file, ours=ours, kind=KINDS[held] if ours else "json")


def _check_sizes(options: Any, file: Path) -> None:
    """ValueError for what would take native code more memory than the size of the file."""
    if not isinstance(options, dict) or not isinstance(options.get("model"), dict):
        raise ValueError(f"{file} is not a tokenizer.json: it has no model")
    model, added = options["model"], options.get("added_tokens")
    vocab = model.get("vocab")
    if isinstance(vocab, dict):
        ids = list(vocab.values())
    else:
        ids = list(range(len(vocab))) if isinstance(vocab, list) else []
    for token in added if isinstance(added, list) else ():
        ids.append(token.get("id") if isinstance(token, dict) else None)
    last = max((i for i in ids if type(i) is int), default=0)
    if last > 2 * len(ids) + 10**6:
        raise ValueError(f"{file} is damaged: {len(ids)} tokens with ids up to {str(last)[:40]}")


@contextmanager
def _native(what: str) -> Iterator[None]:
    """Errors of `tokenizers` as ValueError; those of its native side are not even Exceptions."""
    try:
        yield
    except (MemoryError, TypeError):
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise  # an interrupt, or another way to end
        raise ValueError(f"{what}: {' '.join(str(error).split())[:300]}") from None


def _is_ours(options: dict[str, Any], kind: str) -> bool:
    """Whether it cuts as `make_untrained` says, which is known to look at one word at a time."""
    if kind not in KINDS.values():
        return False
    own = json.loads(make_untrained(kind).to_str())
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


def _tokens_of(ids: dict[str, int], file: Path) -> tuple[str, ...]:
    """Tokens by id; ids that no token has get names that no token has."""
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
    rust: Any,
    tokens: tuple[str, ...],
    specials: tuple[str, ...],
    file: Path,
    *,
    ours: bool,
    kind: str,
) -> Tokenizer:
    """The functions of a Tokenizer around the one of `tokenizers`."""
    fails = f"{file} fails on this text"

    def encoded(text: str) -> Any:
        try:
            with _native(fails):
                return rust.encode(text, add_special_tokens=False)
        except TypeError:  # so it says that a str holds lone surrogates
            with _native(fails):
                return rust.encode(replace_surrogates(text), add_special_tokens=False)

    def encoded_lines(batch: list[str]) -> Any:
        try:
            with _native(fails):
                return rust.encode_batch_fast(batch, add_special_tokens=False)
        except TypeError:
            batch = [replace_surrogates(line) for line in batch]
            with _native(fails):
                return rust.encode_batch_fast(batch, add_special_tokens=False)

    def split(text: str) -> list[str]:
        # Not .tokens: unigram puts there the text itself where the id is that of <unk>.
        return [tokens[token_id] for token_id in encoded(text).ids]

    def spans(text: str) -> list[CharSpan]:
        return _rising(encoded(text).offsets, len(text))

    def encode_all(lines: Sequence[str]) -> list[list[int]]:
        ids: list[list[int]] = []
        for start in range(0, len(lines), LINES_AT_ONCE):
            ids += [each.ids for each in encoded_lines(list(lines[start : start + LINES_AT_ONCE]))]
        return ids

    def split_all(lines: Sequence[str]) -> list[list[str]]:
        return [[tokens[token_id] for token_id in ids] for ids in encode_all(lines)]

    def join(parts: Sequence[str]) -> str:
        if ours and kind != "wordpiece":  # special tokens stand between words
            parts = [METASPACE + part if part in SPECIALS else part for part in parts]
        if not rust.decoder:
            return " ".join(parts)
        with _native(fails):
            return str(rust.decoder.decode(list(parts)))

    return Tokenizer(
        split, spans, per_word=ours, help=_HELP[kind], join=join, split_all=split_all,
        encode_all=encode_all, tokens=tokens, specials=specials,
    )  # fmt: skip


def _rising(offsets: Iterable[CharSpan], length: int) -> list[CharSpan]:
    """Spans inside the text whose starts never fall, whatever a normalizer made of them."""
    spans, last = [], 0
    for start, stop in offsets:
        start = max(last, min(start, length))
        spans.append((start, max(start, min(stop, length))))
        last = start
    return spans


@functools.cache
def stay_quiet_after_fork() -> None:
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
