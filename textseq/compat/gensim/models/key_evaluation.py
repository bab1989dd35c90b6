"""How good vectors are: gensim's two scores, of analogies and of rated pairs.

In: files as word2vec.c and gensim have them. Out: (score, sections), (pearson, spearman, share of
pairs with unknown words). Only the first `restrict_vocab` words ask and answer; without regard to
case, words are upper case and mean the first of their spellings.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.key_queries import KeyQueries
from textseq.compat.gensim.utils import open_unpacked

logger = logging.getLogger(__name__)

Quadruple = tuple[str, str, str, str]
_AT_ONCE = 256  # questions


class KeyEvaluation(KeyQueries):
    """Scores on files of questions."""

    def _rows_of(self, restrict_vocab: int | None, case_insensitive: bool) -> dict[str, int]:
        words = self.index_to_key[:restrict_vocab]
        if case_insensitive:
            words = [word.upper() for word in words]
        # From the last, so that the first spelling is the one that stays.
        return dict(zip(reversed(words), range(len(words) - 1, -1, -1), strict=True))

    def evaluate_word_analogies(
        self,
        analogies: str | os.PathLike[str],
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
        similarity_function: str = "most_similar",
    ) -> tuple[float, list[dict[str, Any]]]:
        """The share of right answers, and a dict of section, correct and incorrect for each one.

        The last one is "Total accuracy". Questions with unknown words do not count, or are wrong
        with `dummy4unknown`. `similarity_function` changes nothing, as in gensim. ValueError for a
        file without sections.
        """
        rows_of = self._rows_of(restrict_vocab, case_insensitive)
        sections: list[dict[str, Any]] = []
        n_questions = n_unknown = 0
        for name, questions in _read_sections(analogies, case_insensitive):
            known = [question for question in questions if all(w in rows_of for w in question)]
            right = self._are_right(known, rows_of, restrict_vocab, case_insensitive)
            correct = {
                question for question, is_right in zip(known, right, strict=True) if is_right
            }
            counted = questions if dummy4unknown else known
            section = {
                "section": name,
                "correct": [question for question in counted if question in correct],
                "incorrect": [question for question in counted if question not in correct],
            }
            sections.append(section)
            _log(section)
            n_questions += len(questions)
            n_unknown += len(questions) - len(known)
        total: dict[str, Any] = {"section": "Total accuracy"}
        for part in ("correct", "incorrect"):
            total[part] = [question for section in sections for question in section[part]]
        if not n_questions:
            raise ZeroDivisionError(f"there are no questions in {os.fspath(analogies)}")
        logger.info("questions with unknown words: %.1f%%", 100 * n_unknown / n_questions)
        return _log(total), [*sections, total]

    def _are_right(
        self,
        questions: list[Quadruple],
        rows_of: dict[str, int],
        restrict_vocab: int | None,
        case_insensitive: bool,
    ) -> Iterator[bool]:
        """Whether the nearest word to b - a + c, none of the three, is the expected one."""
        words = self.index_to_key[:restrict_vocab]
        # What answers as one word: its spellings.
        means = np.array([rows_of[w.upper() if case_insensitive else w] for w in words], np.int64)
        spellings: dict[int, list[int]] = {}
        for row in np.flatnonzero(means != np.arange(len(means))).tolist():
            spellings.setdefault(int(means[row]), []).append(row)
        units = self._vectors[: len(words)] / self._divisors()[: len(words), None]
        for start in range(0, len(questions), _AT_ONCE):
            block = questions[start : start + _AT_ONCE]
            asked = np.array([[rows_of[word] for word in question] for question in block])
            a, b, c, expected = asked.T
            scores: NDArray[Any] = (units[b] - units[a] + units[c]) @ units.T
            scores[np.arange(len(block))[:, None], asked[:, :3]] = -np.inf
            for number, three in enumerate(asked[:, :3].tolist()):
                for row in three:
                    scores[number, spellings.get(row, [])] = -np.inf
            yield from (means[scores.argmax(axis=1)] == expected).tolist()

    def evaluate_word_pairs(
        self,
        pairs: str | os.PathLike[str],
        delimiter: str = "\t",
        encoding: str = "utf8",
        restrict_vocab: int | None = 300_000,
        case_insensitive: bool = True,
        dummy4unknown: bool = False,
    ) -> tuple[Any, Any, float]:
        """Pearson's and Spearman's correlation (each with a p-value), and the percentage unknown.

        A line is two words and a number; others are skipped, and so are pairs with unknown words,
        or these have the similarity 0 with `dummy4unknown`. ValueError where no pair is left.
        """
        from scipy import stats

        rows_of = self._rows_of(restrict_vocab, case_insensitive)
        ratings, cosines, n_unknown = [], [], 0
        with open_unpacked(pairs) as file:
            for raw in file:
                line = raw.decode(encoding)
                fields = (line.upper() if case_insensitive else line).split(delimiter)
                try:
                    a, b, rating = *fields[:-1], float(fields[-1])
                except ValueError:
                    logger.info("skipping the line %r of %s", line, pairs)
                    continue
                if line.startswith("#"):
                    continue
                known = a in rows_of and b in rows_of
                n_unknown += not known
                if known or dummy4unknown:
                    ratings.append(rating)
                    cosines.append(self.similarity(rows_of[a], rows_of[b]) if known else 0.0)
        if not ratings:
            raise ValueError(
                f"No valid similarity judgements found in {pairs}: either invalid format or all "
                f"are out-of-vocabulary in {self}"
            )
        n_pairs = len(ratings) + (0 if dummy4unknown else n_unknown)
        pearson, spearman = stats.pearsonr(ratings, cosines), stats.spearmanr(ratings, cosines)
        logger.info("%s: Pearson %.4f, Spearman %.4f", pairs, pearson[0], spearman[0])
        return pearson, spearman, 100 * n_unknown / n_pairs


def _read_sections(
    path: str | os.PathLike[str], upper_case: bool
) -> Iterator[tuple[str, list[Quadruple]]]:
    """The name and the questions of each section; lines of other than four words are skipped."""
    name: str | None = None
    questions: list[Quadruple] = []
    with open_unpacked(path) as file:
        for number, raw in enumerate(file):
            line = raw.decode()
            if line.startswith(": "):
                if name is not None:
                    yield name, questions
                name, questions = line.lstrip(": ").strip(), []
                continue
            if name is None:
                raise ValueError(f"Missing section header before line #{number} in {path}")
            words = tuple((line.upper() if upper_case else line).split())
            if len(words) == 4:
                questions.append(words)
            else:
                logger.info("skipping line %d of %s, which is not of four words", number, path)
    if name is not None:
        yield name, questions


def _log(section: dict[str, Any]) -> float:
    n_correct = len(section["correct"])
    n_counted = n_correct + len(section["incorrect"])
    score = n_correct / n_counted if n_counted else 0.0
    logger.info("%s: %.1f%% (%d/%d)", section["section"], 100 * score, n_correct, n_counted)
    return score
