"""Word files: the words of files as numbers, many times as fast as Python cuts lines.

In: LineSentence, PathLineSentences or Text8Corpus. Out: what token_stream.py makes of any other
sentences; None for what has to be read there too: open files, a limit of lines, a class of one's
own, words with white space beyond ASCII in them.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.compat.gensim.models.sentences import LineSentence, PathLineSentences, Text8Corpus
from textseq.compat.gensim.utils import open_unpacked

_BLOCK_BYTES = 1 << 23


def number_files(
    sentences: Any,
) -> tuple[dict[str, int], NDArray[np.int32], NDArray[np.int64]] | None:
    """Counts by first sight, the number of each word in that order, the end of each sentence."""
    kind = type(sentences)
    if kind is Text8Corpus:
        paths: Sequence[Any] = [sentences.fname]
    elif kind is LineSentence and isinstance(sentences.source, str | os.PathLike):
        paths = [sentences.source]
    else:
        paths = sentences.input_files if kind is PathLineSentences else []
    if not paths or getattr(sentences, "limit", None) is not None:
        return None
    from textseq.text.hash_tables.word_counter import WordCounter  # loads numba

    counter = WordCounter()
    numbers, line_ends = array("i"), array("q")
    for path in paths:
        for block in _blocks(path):
            for ids, ends in counter.scan(block):
                line_ends.extend((ends + np.int64(len(numbers))).tolist())
                numbers.frombytes(ids.tobytes())
        line_ends.append(len(numbers))
    words = [word.decode() for word in counter.words.to_list()]
    if any(word.split() != [word] for word in words if not word.isascii() or min(word) < "!"):
        return None
    if kind is Text8Corpus:
        line_ends = array("q", [len(numbers)])
    counts = dict(zip(words, counter.counts.tolist(), strict=True))
    return counts, np.frombuffer(numbers, np.int32), _cut(line_ends, sentences.max_sentence_length)


def _blocks(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """Bytes that end between words."""
    rest = b""
    with open_unpacked(path) as file:
        while data := file.read(_BLOCK_BYTES):
            data = rest + data
            end = max(data.rfind(b"\n"), data.rfind(b" ")) + 1
            rest = data[end:]
            yield data[:end]
    yield rest


def _cut(line_ends: array[int], longest: int) -> NDArray[np.int64]:
    """The ends of sentences of up to `longest` words; blank lines are none."""
    ends = np.array(line_ends, np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), ends[:-1]])
    parts = [ends[ends > starts]]
    for number in np.flatnonzero(ends - starts > longest):
        parts.append(np.arange(starts[number] + longest, ends[number], longest))
    return np.sort(np.concatenate(parts))
