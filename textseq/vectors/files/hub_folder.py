"""The folder of word vectors that is shared on the Hugging Face hub, and its page.

In: word vectors, and what its page should say of them. Out: README.md, which says how to open them
with textseq and without; `vocab.txt` and `counts.npy`; `model.safetensors` with the rows, and the
n-grams where there are any; `config.json`, as in our own folders. Or vectors of such a folder,
which came from a stranger. Output vectors are left out: they would double it.
What speaks to the hub is hub.py.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from textseq.artifact import check_part, read_config, read_json, without_header, write_config
from textseq.config import VectorChangeConfig, VectorFileConfig
from textseq.text.text_options import carry_tokenizer, resolve_tokenizer
from textseq.vectors.files.chosen_words import choose_words, read_words
from textseq.vectors.files.named_tensors import read_tensors, write_tensors
from textseq.vectors.files.vector_tables import TABLES, tables_of, vectors_of
from textseq.vectors.subword_vectors import SubwordVectors
from textseq.vectors.word_vectors import WordVectors, load_words

TENSORS, WORDS, COUNTS, CONFIG, CARD = (
    "model.safetensors", "vocab.txt", "counts.npy", "config.json", "README.md"
)  # fmt: skip
HUB_FILES = (TENSORS, WORDS, COUNTS, CONFIG, CARD, "tokenizer.json")
_KIND = "shared-word-vectors"
_MADE_BY = "textseq push"
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*|multilingual")
_MADE_WITH = ("mode", "window", "negatives", "epochs", "subsample", "min_count")


@dataclass(frozen=True)
class Card:
    """What the page of a repository says, beside what the vectors know of themselves."""

    repo: str = "USER/NAME"
    licence: str | None = None
    corpus: str | None = None


def matches(folder: Path) -> bool:
    """Whether it has the files of a shared folder, or says that it is one: some may be missing."""
    if (folder / TENSORS).is_file() and (folder / WORDS).is_file():
        return True
    try:
        config = read_json(folder / CONFIG)
    except (OSError, ValueError):  # it is not there, or damaged
        return False
    return isinstance(config, dict) and config.get("kind") == _KIND


def read(folder: Path, options: VectorFileConfig) -> WordVectors:
    """The vectors of a folder; ValueError that names the file and says what is wrong."""
    check_part(folder / CONFIG)
    config = read_config(folder, _KIND, made_by=_MADE_BY)
    check_part(folder / TENSORS)
    vocab = load_words(folder)
    about = without_header(config)
    if isinstance(about.get("text"), dict):
        about["text"] = resolve_tokenizer(folder, about["text"])
    try:
        _, found = read_tensors(folder / TENSORS, TABLES)
        if "vectors" not in found:
            raise ValueError("has no tensor 'vectors'")
        vectors = vectors_of(found, vocab, about, folder / TENSORS)
        _ = vectors.vocab.ids  # no word stands twice
    except ValueError as error:
        raise ValueError(f"{folder / TENSORS}: {error}") from None
    if options.limit is not None:
        vectors = vectors.first(options.limit)
    if options.only_words is not None:
        vectors = choose_words(vectors, read_words(options.only_words))
    return vectors


def check_language(language: str) -> None:
    """ValueError for what is no code of a language."""
    if not _LANGUAGE.fullmatch(language):
        raise ValueError(
            f"language is {language[:60]!r}; codes such as en, ko and zh-Hant work, or multilingual"
        )


def write(
    vectors: WordVectors,
    folder: Path,
    options: VectorChangeConfig,
    card: Card = Card(),
) -> None:
    """Fill a folder, as `textseq push` does and `git push` may; ValueError for no language."""
    if options.language is not None:
        check_language(options.language)
    about = dict(vectors.config)
    if isinstance(about.get("text"), dict):
        about["text"] = carry_tokenizer(folder, about["text"])
    write_config(folder, _KIND, about)
    vectors.vocab.save(folder)
    tables = tables_of(vectors, options.quantise, output=False)
    with (folder / TENSORS).open("wb") as file:
        write_tensors(tables, {"format": "pt"}, file)  # which others ask for; it says nothing
    (folder / CARD).write_text(_page(vectors, options, card), encoding="utf-8")


def _page(vectors: WordVectors, options: VectorChangeConfig, card: Card) -> str:
    """README.md: facts that the hub reads, those that people read, and how to open it."""
    quantise = options.quantise
    front: dict[str, Any] = {
        "library_name": "textseq", "tags": ["word-embeddings", "word-vectors"],
        **({} if card.licence is None else {"license": card.licence}),
        **({} if options.language is None else {"language": options.language}),
    }  # fmt: skip
    # JSON is YAML, and nothing that was given can end it.
    head = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()]
    facts: dict[str, Any] = {"words": f"{len(vectors):,}", "dimensions": vectors.dim}
    if isinstance(vectors, SubwordVectors):
        facts["n-grams"] = f"{vectors.subwords.rows.shape[0]:,} rows"
    facts["numbers"] = "float32" if quantise == "none" else quantise
    if card.corpus is not None:
        facts["corpus"] = card.corpus
    n_tokens, made = vectors.config.get("n_tokens"), vectors.config.get("word2vec")
    if isinstance(n_tokens, int):
        facts["words of the corpus"] = f"{n_tokens:,}"
    if isinstance(made, dict):
        facts |= {name: made[name] for name in _MADE_WITH if name in made}
    rows = [f"| {name} | {_plain(value)} |" for name, value in facts.items()]
    most = ", ".join(_plain(word) for word in vectors.vocab.tokens[:10])
    scale = ' * tensors["vectors_scales"][:, None]' if quantise == "int8" else ""
    return "\n".join(
        [
            "---", *head, "---", "", f"# Word vectors: {card.repo}", "",
            f"{len(vectors):,} words of dimension {vectors.dim}. The first are: {most}.", "",
            "| | |", "|---|---|", *rows, "", "## How to open them", "",
            "With textseq installed:", "", "```sh", f"textseq pull {card.repo} --out vectors",
            "textseq nearest WORD --vectors vectors", "```", "", "```python",
            "from textseq import read_vectors", "", f'vectors = read_vectors("hf://{card.repo}")',
            "```", "", "Without textseq: row n belongs to line n of `vocab.txt`.", "", "```python",
            "from pathlib import Path", "from safetensors.numpy import load_file", "",
            f'tensors = load_file("{TENSORS}")',
            f'rows = tensors["vectors"]{scale}',
            f'words = Path("{WORDS}").read_text(encoding="utf-8").split("\\n")[:-1]', "```", "",
        ]
    )  # fmt: skip


def _plain(value: object) -> str:
    """A value as it stands in a table of Markdown, whatever is in it."""
    text = " ".join(str(value).split())
    return "".join(f"\\{sign}" if sign in r"\`*_{}[]<>#|!~&$" else sign for sign in text)
