"""spaCy's folders: the vectors of a pipeline, or of its `vocab` alone, and a pipeline of vectors.

In: `vectors` (an array), `key2row` (which row a key has; after pruning many share one),
`strings.json` (all strings spaCy knows) and `vectors.cfg`; or, in mode floret, a table of n-grams,
whose words are those that are asked for, or all strings. Out: vectors; or a folder that
`spacy.load` opens, which cuts text at white space and punctuation and has no other part. spaCy is
not needed; its numbers of strings are the business of spacy_keys.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import ArrayWriter, map_array, size
from textseq.artifact import check_part, read_json, write_config
from textseq.config import VectorChangeConfig, VectorFileConfig, dumps
from textseq.text.notices import notify
from textseq.text.vocab import Vocab
from textseq.vectors.files.chosen_words import read_words
from textseq.vectors.files.floret_format import words_of_table
from textseq.vectors.files.spacy_keys import NAMES, keys_of, read_map, write_map
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

_VOCAB = "vocab"
_ROWS, _KEYS, _STRINGS, _CONFIG = "vectors", "key2row", "strings.json", "vectors.cfg"
FILES = tuple(f"{_VOCAB}/{name}" for name in (_ROWS, _STRINGS, _KEYS, _CONFIG))
_META, _PIPELINE_CONFIG = "meta.json", "config.cfg"
_EXPANSION = 20  # the pipelines that are published share a row among 25 words, about
_ROOM_BYTES = 200_000_000
_ROWS_AT_ONCE = 1 << 14
_KIND = "spacy-pipeline"
_ORTH = 65  # the word itself, of what spaCy could look up instead
# A word is what stands between white space, without the punctuation around it.
_TOKENIZER = {"prefix_search": r"^[^\w\s]", "suffix_search": r"[^\w\s]$"}
_ANY_LANGUAGE = "xx"
# Those that spaCy 3.8 has; it does not open a pipeline of another one.
_LANGUAGES = (
    "af am ar az bg bn bo ca cs da de dsb el en es et eu fa fi fo fr ga gd grc gu he hi hr hsb ht "
    "hu hy id is it ja kmr kn ko ky la lb lg lij lt lv mk ml mr ms nb ne nl nn pl pt ro ru sa si "
    "sk sl sq sr sv ta te th ti tl tn tr tt uk ur vi xx yo zh"
)
_PIPELINE = """[nlp]
lang = "LANGUAGE"
pipeline = []
disabled = []
before_creation = null
after_creation = null
after_pipeline_creation = null
batch_size = 1000

[nlp.tokenizer]
@tokenizers = "spacy.Tokenizer.v1"

[nlp.vectors]
@vectors = "spacy.Vectors.v1"

[components]
"""


def matches(folder: Path) -> bool:
    """Whether it is a `vocab` of spaCy's, or has one, or should: files may be missing."""
    return _vocab_of(folder) is not None


def _vocab_of(folder: Path) -> Path | None:
    for place in (folder / _VOCAB, folder):
        # A folder of other things may have one of these names in it by chance.
        if sum((place / name).is_file() for name in (_ROWS, _KEYS, _STRINGS, _CONFIG)) > 1:
            return place
    is_pipeline = all((folder / name).is_file() for name in (_META, _PIPELINE_CONFIG))
    return folder / _VOCAB if is_pipeline else None


def read(folder: Path, options: VectorFileConfig) -> WordVectors:
    """The vectors of a folder, in the order of its keys; ValueError says what is wrong.

    Of floret's mode the words are those of `only_words`, or all of strings.json.
    """
    vocab = _vocab_of(folder)
    if vocab is None:
        raise ValueError(f"{folder} has no {_VOCAB}/{_ROWS} and {_VOCAB}/{_STRINGS} of spaCy")
    check_part(vocab / _ROWS)
    check_part(vocab / _STRINGS)
    settings = read_json(vocab / _CONFIG) if (vocab / _CONFIG).is_file() else {}
    rows = map_array(vocab / _ROWS)
    if rows.ndim != 2 or rows.dtype.kind != "f" or 0 in rows.shape:
        raise ValueError(f"{vocab / _ROWS} holds {rows.dtype} of shape {rows.shape}, not vectors")
    strings = read_json(vocab / _STRINGS)
    if not isinstance(strings, list) or not all(type(string) is str for string in strings):
        raise ValueError(f"{vocab / _STRINGS} is damaged: it is no list of strings")
    mode = settings.get("mode", "default") if isinstance(settings, dict) else None
    about = {"read_from": folder.name}
    if mode == "floret":
        return _read_floret(vocab, settings, rows, strings, options, about)
    if mode != "default":
        raise ValueError(f"{vocab / _CONFIG} has the mode {str(mode)[:60]!r}; default, floret work")
    check_part(vocab / _KEYS)
    words, row_of = _read_keys(vocab, strings, len(rows))
    words, row_of = words[: options.limit], row_of[: options.limit]
    if options.only_words is not None:  # before rows that are shared are copied
        place_of = dict(zip(words, range(len(words)), strict=True))
        words = [word for word in read_words(options.only_words) if word in place_of]
        row_of = row_of[[place_of[word] for word in words]] if words else row_of[:0]
    if not words:
        raise ValueError(f"{folder}: none of the words has a vector")
    n_bytes, held = 4 * len(words) * rows.shape[1], _n_bytes(vocab)
    if n_bytes > _ROOM_BYTES + _EXPANSION * held:
        raise ValueError(
            f"{folder}: its {len(words):,} words share {len(rows):,} rows; a row for each would "
            f"take {size(n_bytes)}, {_EXPANSION} times what is there: it is damaged"
        )
    if not np.array_equal(row_of, np.arange(len(rows))):
        rows = rows[row_of]
    try:
        return WordVectors(
            Vocab(words, specials=()), rows, config=about, check=False, path=vocab / _ROWS
        )
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from None


def _n_bytes(vocab: Path) -> int:
    return sum((vocab / name).stat().st_size for name in (_ROWS, _KEYS, _STRINGS))


def _read_keys(vocab: Path, strings: list[str], n_rows: int) -> tuple[list[str], NDArray[np.int64]]:
    """The words that have a row, and which; what has a key and no string is no word."""
    try:
        keys, values = read_map((vocab / _KEYS).read_bytes())
    except ValueError as error:
        raise ValueError(f"{vocab / _KEYS} is damaged: {error}") from None
    if (values >= n_rows).any():
        raise ValueError(f"{vocab / _KEYS} is damaged: row {values.max():,} of {n_rows:,} is named")
    known = [*NAMES, *strings]
    known_keys = np.concatenate([np.arange(len(NAMES), dtype=np.uint64), keys_of(strings)])
    order = np.argsort(known_keys, kind="stable")
    at = np.minimum(np.searchsorted(known_keys[order], keys), len(known) - 1)
    found = known_keys[order[at]] == keys
    if not found.all():
        notify(
            f"{vocab}: {len(keys) - found.sum():,} of {len(keys):,} vectors are of words that "
            f"{_STRINGS} does not have; they are left out"
        )
    words = [known[place] for place in order[at[found]].tolist()]
    return words, values[found].astype(np.int64)


def _read_floret(
    vocab: Path,
    settings: dict[str, Any],
    rows: NDArray[Any],
    strings: list[str],
    options: VectorFileConfig,
    about: dict[str, Any],
) -> WordVectors:
    given = {
        "kind": "floret", "bucket": len(rows), "seed": settings.get("hash_seed"),
        **{name: settings.get(name) for name in ("minn", "maxn", "hash_count", "bow", "eow")},
    }  # fmt: skip
    try:
        table = NgramTable(NgramHashes.from_json(given), rows)
    except ValueError as error:
        raise ValueError(f"{vocab / _CONFIG} is damaged: {error}") from None
    if table.hashes.minn < 2:
        notify(
            f"{vocab}: spaCy takes the signs around a word for n-grams, which floret does not; "
            "its vectors differ a little from these"
        )
    words = [word for word in dict.fromkeys(strings) if word]
    if options.only_words is not None:
        words = read_words(options.only_words)
    if not words:
        raise ValueError(f"{vocab / _STRINGS} has no words")
    return words_of_table(table, words[: options.limit], about, vocab / _ROWS)


def check_language(language: str) -> None:
    """ValueError for a language that spaCy does not have."""
    if language not in _LANGUAGES.split():
        raise ValueError(
            f"language is {language[:60]!r}; spaCy has en, ko and others by such codes, and "
            f"{_ANY_LANGUAGE} for any"
        )


def write(vectors: WordVectors, folder: Path, options: VectorChangeConfig) -> None:
    """Fill a folder that `spacy.load` opens; with n-grams of floret it makes vectors of any word.

    Counts, and n-grams of fastText, have no place there. A pipeline of spaCy that is trained takes
    vectors of its own language alone. ValueError for the empty word, or a language that
    spaCy does not have.
    """
    language = options.language or _ANY_LANGUAGE
    check_language(language)
    words = vectors.vocab.tokens
    if "" in words:
        raise ValueError("the empty word cannot be written as spacy: it means no word there")
    keys = keys_of(words)
    if len(np.unique(keys)) != len(words):  # one in 10^7 of a million words
        raise ValueError("two of the words have one number to spaCy, which could not tell them")
    vocab = folder / _VOCAB
    vocab.mkdir()
    rows: Any = vectors.vectors
    settings: dict[str, Any] = {"mode": "default"}
    n_keys = len(words)
    if isinstance(vectors, SubwordVectors) and _is_whole_floret(vectors.subwords):
        hashes, rows, n_keys = vectors.subwords.hashes, vectors.subwords.rows, -1
        settings = {
            "mode": "floret", "minn": hashes.minn, "maxn": hashes.maxn,
            "hash_count": hashes.hash_count, "hash_seed": hashes.seed, "bow": hashes.bow,
            "eow": hashes.eow, "attr": _ORTH,
        }  # fmt: skip
    with ArrayWriter(vocab / _ROWS, "<f4", (vectors.dim,)) as file:
        for start in range(0, rows.shape[0], _ROWS_AT_ONCE):
            file.append(rows[start : start + _ROWS_AT_ONCE])
    keyed = write_map(keys, np.arange(len(words))) if n_keys >= 0 else write_map(keys[:0], [])
    (vocab / _KEYS).write_bytes(keyed)
    _write_json(vocab / _STRINGS, sorted(set(words) - set(NAMES)))
    _write_json(vocab / _CONFIG, settings)
    about = {"width": vectors.dim, "vectors": rows.shape[0], "keys": n_keys, "name": "textseq"}
    meta = {
        "lang": language, "name": "vectors", "version": "0.0.0", "spacy_version": ">=3.2.0,<4.0.0",
        "vectors": about, "pipeline": [], "components": [], "disabled": [], "labels": {},
    }  # fmt: skip
    _write_json(folder / _META, meta)
    pipeline = _PIPELINE.replace("LANGUAGE", language)
    (folder / _PIPELINE_CONFIG).write_text(pipeline, encoding="utf-8")
    (folder / "tokenizer").write_bytes(_packed(_TOKENIZER))
    write_config(folder, _KIND, {"vectors": vectors.config})  # by which we know it for our own


def _is_whole_floret(table: NgramTable) -> bool:
    """Whether spaCy hashes as it does; a sign at an end alone is an n-gram only to spaCy."""
    hashes = table.hashes
    return table.buckets is None and hashes.kind == "floret" and 1 < hashes.minn <= hashes.maxn


def _write_json(path: Path, value: Any) -> None:
    path.write_text(dumps(value), encoding="utf-8")


def _packed(texts: dict[str, str]) -> bytes:
    """A few short texts by their names, in MessagePack."""
    parts = [bytes([0x80 + len(texts)])]
    for text in (part.encode() for pair in texts.items() for part in pair):
        parts.append(bytes([0xA0 + len(text)]) + text)
    return b"".join(parts)
