"""Preparation: text for word vectors, cleaned and cut as the corpus was that made them.

In: a word or a text as somebody types it, and WordVectors, whose config has the options of the
text. Out: the word as the vocabulary has it, the tokens of a text, their rows. Of vectors that say
nothing of their text (files of others) tokens are words as `--tokenizer word` finds them, in small
letters where only those have a vector. Nothing is computed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from textseq.advice import either
from textseq.config import TextConfig
from textseq.text.cleaning.steps import make_cleaner
from textseq.text.notices import notify
from textseq.text.tokens.tokenizer import load_tokenizer
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import UnknownWordError, WordVectors, row_of


class UnknownPhraseError(UnknownWordError):
    """Several words that have no vector in one; the message says what would be asked for them."""

    def __init__(self, word: str, vocab: Vocab, tokens: Sequence[str]) -> None:
        super().__init__(word, vocab)
        self.args = word, vocab, tokens
        self.tokens = tokens

    def __str__(self) -> str:
        pieces = ", ".join(map(repr, self.tokens[:9])) + (" ..." if len(self.tokens) > 9 else "")
        return f"{super().__str__()}; it is cut into {pieces}, " + either(
            "which nearest_combined or TextVectors takes together",
            "which `nearest --sum` or `--texts` takes together",
        )


class Preparation:
    """How text is prepared for these vectors."""

    def __init__(self, vectors: WordVectors) -> None:
        """ValueError where the config of the vectors holds no options of text."""
        self.vectors = vectors
        options = vectors.config.get("text")
        self._is_known = options is not None
        config = TextConfig.from_json(options) if self._is_known else TextConfig(tokenizer="word")
        self.config = config
        self._clean = make_cleaner(config.steps)

    @cached_property
    def _tokenizer(self):  # type: ignore[no-untyped-def]
        return load_tokenizer(self.config)

    def split(self, text: str) -> list[str]:
        """The tokens of a text, those without a vector too."""
        tokens: list[str] = self._tokenizer.split(self._clean(text))
        return tokens

    def row(self, token: str) -> int | None:
        """The row of a token, or None."""
        vocab = self.vectors.vocab
        found = row_of(token, vocab)
        return row_of(token.lower(), vocab) if found is None and not self._is_known else found

    def rows(self, text: str | Sequence[str]) -> list[int]:
        """The rows of the tokens of a text, or of tokens; those without a vector are left out."""
        tokens = self.split(text) if isinstance(text, str) else text
        return [row for row in map(self.row, tokens) if row is not None]

    def rows_of_words(self, words: Iterable[str]) -> list[int | None]:
        """The row of each word as it stands, else of what `find_word` makes of it, without notices;
        None where there is none, n-grams or not."""
        vocab = self.vectors.vocab
        names = (
            self._name_of(word, lambda name: row_of(name, vocab) is not None) for word in words
        )
        return [None if name is None else row_of(name, vocab) for name in names]

    def _name_of(self, query: str, is_word: Callable[[str], bool]) -> str | None:
        """The word that is meant, or None."""
        if is_word(query):
            return query
        cleaned = self._clean(query).strip() if self._is_known else query.lower()
        phrases = ["_".join(text.split()) for text in (query, cleaned)]
        found = next(filter(is_word, (cleaned, *phrases)), None)
        if found is None:
            tokens = self.split(query)
            found = tokens[0] if len(tokens) == 1 and is_word(tokens[0]) else None
        return found

    def find_word(self, query: str) -> str:
        """The word that is meant: the query as it is, prepared, or with _ for its spaces.

        A `TextNotice` says where that is another one. UnknownWordError where none has a vector;
        UnknownPhraseError for what is cut into several tokens.
        """
        found = self._name_of(query, self.vectors.__contains__)
        if found is None:
            tokens = self.split(query)
            if len(tokens) > 1:
                raise UnknownPhraseError(query, self.vectors.vocab, tokens)
            raise UnknownWordError(query, self.vectors.vocab)
        if found != query:
            notify(f"{query!r} is not among the words; {found!r} is what it becomes")
        return found
