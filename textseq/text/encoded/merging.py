"""Merging: the parts of a corpus that several machines made, as one.

In: folders of shards (`encode --shard i/n`, `vocab --shard i/n`). Out: the corpus, or the Vocab,
that one run over the whole text would have given. Parts have either one Vocab, which was given to
all of them, or each its own of all its words (min_count 1). Near and exact duplicates that stand in
two parts are not seen.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from textseq.advice import advise
from textseq.artifact import check_free, new_folder, read_config, short
from textseq.config import TextConfig
from textseq.text.encoded.corpus import EncodedCorpus, IdBlock, write_corpus
from textseq.text.encoded.vocab_folder import VOCAB_KIND, VOCAB_MADE_BY, load_vocab, save_vocab
from textseq.text.reading.sources import naming
from textseq.text.tokens.tokenizer import KeptFile
from textseq.text.vocab import Vocab

Folders = Sequence[str | os.PathLike[str]]

_IDS_AT_ONCE = 1 << 22  # ids in memory at a time


def merge_vocabs(
    folders: Folders,
    out: str | os.PathLike[str],
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    overwrite: bool = False,
) -> Vocab:
    """Add up the vocabularies of all shards, each with all its words, into the folder `out`.

    ValueError where a shard is missing or was counted in another way.
    """
    _check_several(folders)
    check_free(out, overwrite=overwrite)
    configs = [read_config(folder, VOCAB_KIND, made_by=VOCAB_MADE_BY) for folder in folders]
    order = _in_order(folders, configs)
    loaded = [load_vocab(folders[number]) for number in order]
    texts = [text or TextConfig() for _, text in loaded]
    names = [str(folders[number]) for number in order]
    text = _same_options(names, texts)
    vocabs = [vocab for vocab, _ in loaded]
    if text.tokenizer_file is None:
        _check_all_words(names, texts)
        text = text.replace(min_count=min_count, max_vocab=max_vocab)
        merged = _merged(names, vocabs, min_count, max_vocab)
    else:
        merged = _added(names, vocabs)
    save_vocab(merged, text, out, overwrite=overwrite)
    return merged


def merge_corpora(
    folders: Folders,
    out: str | os.PathLike[str],
    *,
    min_count: int = 5,
    max_vocab: int | None = None,
    overwrite: bool = False,
) -> EncodedCorpus:
    """Put encoded shards one behind the other into the folder `out`.

    With a Vocab of its own in each, `min_count` and `max_vocab` choose the words of the whole.
    ValueError where a shard is missing or was encoded in another way.
    """
    _check_several(folders)
    check_free(out, overwrite=overwrite)
    loaded = [EncodedCorpus.load(folder) for folder in folders]
    for corpus in loaded:
        _check_made_by(corpus)
    order = _in_order(folders, [corpus.config for corpus in loaded])
    parts = [loaded[number] for number in order]
    names, texts = [part.name for part in parts], [part.text_config for part in parts]
    text = _same_options(names, texts)
    vocabs = [part.vocab for part in parts]
    given = {bool(part.config.get("vocab_given")) for part in parts}
    if len(given) > 1:
        raise ValueError(f"some of {', '.join(names)} were encoded with --vocab, others without")
    if given == {True}:
        merged = vocabs[0]
        for name, vocab in zip(names, vocabs, strict=True):
            if vocab != merged:
                raise ValueError(f"{names[0]} and {name} were encoded with different vocabularies")
    elif text.tokenizer_file is not None:
        merged = _added(names, vocabs)
    else:
        _check_all_words(names, texts)
        text = text.replace(min_count=min_count, max_vocab=max_vocab)
        merged = _merged(names, vocabs, min_count, max_vocab)
        if len(merged) == len(merged.specials) and any(part.n_tokens for part in parts):
            raise ValueError(
                f"no word is left of the {len(parts)} parts: none stands there so often, "
                + advise("min_count")
                + f" is {min_count}; lower it"
            )
    with new_folder(out, overwrite=overwrite) as folder:
        write_corpus(folder, _joined(parts, merged), merged, _options(parts, text))
    return EncodedCorpus.load(out)


def _joined(parts: list[EncodedCorpus], vocab: Vocab) -> Iterator[IdBlock]:
    """The ids of all parts in the numbers of `vocab`, with the line ends, bit by bit."""
    for part in parts:
        part.check_ids()
        same = part.vocab.tokens == vocab.tokens
        becomes = None if same else vocab.encode(part.vocab.tokens)
        n_lines = len(part)
        for start in range(0, max(part.n_tokens, 1), _IDS_AT_ONCE):
            stop = min(start + _IDS_AT_ONCE, part.n_tokens)
            ids = part.ids[start:stop]
            # Line ends within (start, stop]; those at 0 belong to the first bit.
            first = 0 if start == 0 else int(np.searchsorted(part.offsets[1:], start, "right"))
            last = n_lines
            if stop < part.n_tokens:
                last = int(np.searchsorted(part.offsets[1:], stop, "right"))
            line_ends = part.offsets[1 + first : 1 + last] - start
            yield ids if becomes is None else becomes[ids], line_ends


def _options(parts: list[EncodedCorpus], text: TextConfig) -> dict[str, Any]:
    """What config.json says of the whole."""
    sources = [part.config["source"] for part in parts]
    digests = "".join(source["blake2b"] for source in sources)
    of_parts = hashlib.blake2b(digests.encode(), digest_size=32).hexdigest()
    options: dict[str, Any] = {
        "text": text.to_json(),
        "source": {
            "bytes": sum(source["bytes"] for source in sources),
            "blake2b": of_parts,  # of the digests of the parts, since the text is not here
            "parts": len(parts),
        },
    }
    filters = [part.config["filters"] for part in parts if "filters" in part.config]
    if filters:
        dropped = {
            why: sum(each["dropped"].get(why, 0) for each in filters)
            for why in filters[0]["dropped"]
        }
        options["filters"] = filters[0] | {"dropped": dropped}
    return options


def _check_made_by(corpus: EncodedCorpus) -> None:
    """ValueError unless the config says what `_options` will ask it."""
    source, filters = corpus.config.get("source"), corpus.config.get("filters", {"dropped": {}})
    dropped = filters.get("dropped") if isinstance(filters, dict) else None
    if not (
        isinstance(source, dict)
        and isinstance(source.get("blake2b"), str)
        and type(source.get("bytes")) is int
        and isinstance(dropped, dict)
        and all(type(number) is int for number in dropped.values())
    ):
        raise ValueError(f"{corpus.name} is damaged: its config is wrong in source or filters")
    _ = corpus.filters


def _check_several(folders: Folders) -> None:
    if isinstance(folders, str | os.PathLike):
        raise TypeError(f"{os.fspath(folders)!r} is one folder; a list of the shards is due")


def _in_order(folders: Folders, configs: list[dict[str, Any]]) -> list[int]:
    """The numbers of the folders in the order of their shards; as given, if they are none."""
    if not folders:
        raise ValueError("no parts were given")
    shards = [
        _shard_of(folder, config.get("shard"))
        for folder, config in zip(folders, configs, strict=True)
    ]
    if not any(shards):
        return list(range(len(folders)))
    of = max(shard[1] for shard in shards if shard)
    place: dict[int, int] = {}
    for number, (shard, folder) in enumerate(zip(shards, folders, strict=True)):
        if shard is None or shard[1] != of:
            what = f"shard {shard[0]}/{shard[1]}" if shard else "no shard"
            raise ValueError(f"{folder} is {what}; the others are shards of {of}")
        if shard[0] in place:
            raise ValueError(f"{folder}: shard {shard[0]}/{of} was given twice")
        place[shard[0]] = number
    if len(place) < of:  # what a folder says of their number is not counted up to
        first = next(number for number in range(1, of + 1) if number not in place)
        raise ValueError(
            f"shard {first}/{of} is missing ({of - len(place)} of {of} are, says {folders[0]})"
        )
    return [place[number] for number in range(1, of + 1)]


def _shard_of(folder: str | os.PathLike[str], given: Any) -> tuple[int, int] | None:
    """Which part of how many a config says its folder is; None: the whole."""
    if not given:
        return None
    if isinstance(given, list) and len(given) == 2 and all(type(n) is int for n in given):
        number, of = given
        if 1 <= number <= of:
            return number, of
    raise ValueError(
        f"{os.fspath(folder)} is damaged: its config says that it is shard {short(given)}; a shard "
        "is [number, of how many]"
    )


def _same_options(names: list[str], texts: list[TextConfig]) -> TextConfig:
    """The options of all parts; ValueError where two differ in what makes tokens."""
    first = texts[0]
    for name, text in zip(names, texts, strict=True):
        for field in ("clean", "lowercase", "unit", "tokenizer", "subword_vocab"):
            one, other = getattr(first, field), getattr(text, field)
            if one != other:
                raise ValueError(f"{field} is {one!r} in {names[0]}, {other!r} in {name}")
        if _tokenizer_bytes(first) != _tokenizer_bytes(text):
            raise ValueError(f"{names[0]} and {name} have different tokenizers")
    return first


def _tokenizer_bytes(text: TextConfig) -> bytes | None:
    file = text.tokenizer_file
    if isinstance(file, KeptFile):
        return file.content
    return None if file is None else Path(file).read_bytes()


def _check_all_words(names: list[str], texts: list[TextConfig]) -> None:
    """ValueError if words have been left out already: the whole might have kept them."""
    for name, text in zip(names, texts, strict=True):
        if text.min_count > 1 or text.max_vocab is not None:
            raise ValueError(
                f"{name} has left words out ("
                + advise("min_count")
                + f" {text.min_count}, "
                + advise("max_vocab")
                + f" {text.max_vocab}); make the parts with "
                + advise("min_count")
                + " 1, and choose when merging"
            )


def _merged(names: list[str], vocabs: list[Vocab], min_count: int, max_vocab: int | None) -> Vocab:
    """All words with their counts added up; errors name the parts."""
    with naming(names):
        return Vocab.merge(vocabs, min_count=min_count, max_vocab=max_vocab)


def _added(names: list[str], vocabs: list[Vocab]) -> Vocab:
    """One and the same table of tokens with all counts added up."""
    for name, vocab in zip(names, vocabs, strict=True):
        if vocab.tokens != vocabs[0].tokens:
            raise ValueError(f"{names[0]} and {name} have different vocabularies")
    first = vocabs[0]
    for name, vocab in zip(names, vocabs, strict=True):
        if vocab.specials != first.specials:
            raise ValueError(f"{names[0]} and {name} have different special tokens")
    counts = np.sum([vocab.counts for vocab in vocabs], axis=0)
    return Vocab(first.tokens, counts, first.specials, default_id=first.default_id)
