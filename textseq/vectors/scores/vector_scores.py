"""What question files say of vectors, all of them at once, and why one says nothing.

In: WordVectors; files of analogies and of rated pairs, or what they hold; without any, those of
the bundled corpus. Out: `VectorScores`, a result for each file. How a score is computed is the
business of evaluation.py, how a file is read that of question_files.py.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar, cast

from textseq.advice import Message, either
from textseq.bundled import ANALOGIES, CORPUS, PAIRS, bundled
from textseq.text.notices import Notify, notices_to
from textseq.text.notices import notify as give_notice
from textseq.vectors.questions import AnalogyMethod
from textseq.vectors.scores.evaluation import (
    RESTRICT,
    AnalogyResult,
    PairsResult,
    answer_ids,
    evaluate_analogies,
    evaluate_pairs,
)
from textseq.vectors.scores.question_files import (
    AnalogySection,
    RatedPairs,
    read_analogies,
    read_rated_pairs,
)
from textseq.vectors.word_vectors import WordVectors, row_of

T = TypeVar("T")
Name = str | os.PathLike[str]


@dataclass(frozen=True)
class VectorScores:
    """A result for each file, by its name; `empty`: why nothing of some files counted."""

    analogies: dict[str, AnalogyResult]
    pairs: dict[str, PairsResult]
    empty: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The scores as a dict that `json` can write."""
        return {
            "analogies": {name: result.to_json() for name, result in self.analogies.items()},
            "pairs": {name: result.to_json() for name, result in self.pairs.items()},
        }


def evaluate_vectors(
    vectors: WordVectors,
    *,
    analogies: Name | Iterable[Name] | Mapping[str, Sequence[AnalogySection]] | None = None,
    pairs: Name | Iterable[Name] | Mapping[str, RatedPairs] | None = None,
    restrict: int | None = RESTRICT,
    lowercase: bool = True,
    method: AnalogyMethod = "3cosadd",
    notify: Notify | None = None,
) -> VectorScores:
    """Score vectors by files of analogies and of rated pairs, as `textseq eval-w2v` does.

    `analogies` and `pairs`: a file or several (see `read_analogies`, `read_rated_pairs`), or what
    was read of them, by name. Without either: the answer sheets of the bundled corpus, which fit
    vectors trained on it. `restrict`, `lowercase`, `method`: see `evaluate_analogies`; pairs are
    looked up among all words. `notify` gets a line where a score is not what it seems to be (None:
    it is a warning). ValueError for a line that is no question or no pair.
    """
    with notices_to(notify):
        of_bundled = analogies is None and pairs is None
        if of_bundled:
            analogies, pairs = bundled(ANALOGIES), bundled(PAIRS)
        questions = read_each(analogies, read_analogies)
        rated = read_each(pairs, read_rated_pairs)
        if of_bundled and not _is_of_bundled(vectors):
            give_notice(_NOT_OF_BUNDLED)
        answered, agreements, empty = {}, {}, list[str]()
        for name, sections in questions.items():
            answered[name] = evaluate_analogies(
                vectors, sections, restrict=restrict, lowercase=lowercase, method=method
            )
            if not answered[name].total.counted:
                asked = [question for section in sections for question in section.questions]
                empty.append(_why_empty(name, "question", vectors, asked, restrict, lowercase))
        for name, read in rated.items():
            for note in read.notes:
                give_notice(note)
            agreements[name] = result = evaluate_pairs(vectors, read.pairs, lowercase=lowercase)
            if not result.counted:
                words = [(one, other) for one, other, _ in read.pairs]
                empty.append(_why_empty(name, "pair", vectors, words, None, lowercase))
            elif result.spearman is None:
                give_notice(f"{name}: {_why_no_correlation(result)}")
        return VectorScores(answered, agreements, tuple(empty))


def read_each(
    files: Name | Iterable[Name] | Mapping[str, T] | None, read: Callable[[Name], T]
) -> Mapping[str, T]:
    """What each of the files holds, by its name; a mapping is that already."""
    if isinstance(files, Mapping):
        return cast("Mapping[str, T]", files)
    names = [files] if isinstance(files, str | os.PathLike) else files or ()
    return {os.fspath(name): read(name) for name in names}


# ---- what a score is not


_NOT_OF_BUNDLED = (
    "these vectors are not known to be of the bundled corpus, whose answer sheets score them; "
    + either("analogies=FILE and pairs=FILE score", "--analogies FILE and --pairs FILE score")
    + " by others"
)


def _is_of_bundled(vectors: WordVectors) -> bool:
    """Whether vectors say that they were made of the bundled corpus."""
    source = vectors.config.get("source")
    if not isinstance(source, dict):
        return False
    text = gzip.decompress(bundled(CORPUS).read_bytes())
    return source.get("blake2b") == hashlib.blake2b(text, digest_size=32).hexdigest()


def _why_no_correlation(result: PairsResult) -> str:
    """A sentence: why pairs that count have no rank correlation."""
    if result.counted == 1:
        return "one pair counted, and one pair has no rank correlation; two or more have one"
    return (
        f"{result.counted:,} pairs counted, of which all ratings or all cosines are equal, so "
        "there is no rank correlation"
    )


# ---- why nothing counts


def _why_empty(
    name: str, what: str, vectors: WordVectors, asked: Any, restrict: int | None, lowercase: bool
) -> str:
    """A sentence: why no question or pair of a file counts."""
    why = explain_uncounted(vectors, asked, restrict=restrict, lowercase=lowercase)
    words = ", ".join(repr(word[:30]) for word in why.asked)
    found = f"{name}: no {what} counts; "
    if why.without_cut:
        all_words = either("restrict=None", "--restrict 0")
        return found + all_words + f" counts {why.without_cut:,}: their words are behind the cut"
    if why.without_case:
        same = either("with lowercase=True", "without --case")
        return found + same + f" {why.without_case:,} count: their words differ by case"
    if not why.n_known_of_all:
        has = ", ".join(repr(word[:30]) for word in why.has)
        return found + f"none of its words ({words} ...) is in the vocabulary ({has} ...)"
    of_one = "all four words" if what == "question" else "both words"
    n_known, be = why.n_known, "is" if why.n_known == 1 else "are"
    where = Message("in the vocabulary")
    if restrict is not None and n_known < why.n_known_of_all:
        where = (
            f"among the {restrict:,} most frequent that "
            + either(f"restrict={restrict}", f"--restrict {restrict}")
            + f" leaves, {why.n_known_of_all:,} in the whole vocabulary"
        )
    known = f"{n_known:,} of its {why.n_words:,} words ({words} ...) {be} "
    return found + known + where + f", but of no {what} {of_one}"


class Uncounted(NamedTuple):
    """Of words that were asked for: how many, how many are known, and examples of both sides.

    `n_known_of_all`: how many are known if no word is cut off. `without_cut` and `without_case`:
    how many questions or pairs would count among all words, and if case made no difference.
    """

    n_words: int
    n_known: int
    n_known_of_all: int
    without_cut: int
    without_case: int
    asked: list[str]
    has: list[str]


def explain_uncounted(
    vectors: WordVectors,
    asked: Iterable[Sequence[str | tuple[str, ...]]],
    *,
    restrict: int | None,
    lowercase: bool,
) -> Uncounted:
    """Why none of these questions or pairs counts; a tuple among their words is "any of these"."""
    groups = [[(word,) if isinstance(word, str) else word for word in words] for words in asked]
    words = list(dict.fromkeys(word for group in groups for each in group for word in each))

    def known(restrict: int | None, *, lowercase: bool) -> set[str]:
        ids = answer_ids(vectors, restrict, lowercase)
        return {w for w in words if row_of(w.lower() if lowercase else w, ids) is not None}

    def n_counted(known: set[str]) -> int:
        return sum(all(not known.isdisjoint(each) for each in group) for group in groups)

    of_all = known(None, lowercase=lowercase)
    return Uncounted(
        n_words=len(words),
        n_known=len(known(restrict, lowercase=lowercase)),
        n_known_of_all=len(of_all),
        without_cut=n_counted(of_all),
        without_case=n_counted(known(restrict, lowercase=True)),
        asked=words[:3],
        has=vectors.vocab.tokens[:3],
    )
