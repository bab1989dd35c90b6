"""Text to ids on Ray Data: many machines read the parts of a corpus, one puts them together.

In: files that all machines see under the same names, the text options. Out: the folder that
`encode_files` would write on one machine, with the same ids and the same Vocab. The parts are
those of reading/shards.py, each is encoded by `encode_files`, and encoded/merging.py makes
them one.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from textseq.advice import either, in_a_shell, in_python
from textseq.artifact import check_free
from textseq.config import FilterConfig, TextConfig
from textseq.ray_cluster import USUAL_ERRORS, Machines, ray_cluster
from textseq.text.encode import ReadingProgress, encode_files, needs_training, train_tokenizer
from textseq.text.encoded.corpus import EncodedCorpus
from textseq.text.encoded.merging import merge_corpora
from textseq.text.encoded.vocab_folder import load_vocab, save_vocab
from textseq.text.notices import Notify, notifying
from textseq.text.notices import notify as give_notice
from textseq.text.reading.corpus import Inputs, find_sources
from textseq.text.reading.shards import shard_sources
from textseq.text.reading.sources import name_sources
from textseq.text.text_options import TOKENIZER, carry_tokenizer
from textseq.text.vocab import Vocab
from textseq.unfinished import folder_beside

_PART_BYTES = 1 << 28  # at most: a machine that is lost costs one such part
_VOCAB = "vocab"


@notifying
def encode_on_ray(
    inputs: Inputs,
    config: TextConfig,
    out: str | os.PathLike[str],
    *,
    vocab: Vocab | None = None,
    filters: FilterConfig | None = None,
    workers: int = 0,
    overwrite: bool = False,
    progress: ReadingProgress | None = None,
    notify: Notify | None = None,
) -> EncodedCorpus:
    """Encode files into the folder `out`, as `encode_files` does, on a Ray cluster.

    `workers`: parts read at the same time, each by one CPU (0: as many as there are CPUs). The
    parts stand beside `out` until they are merged, so that must be a folder that all machines see.
    A subword tokenizer without a file is trained first, on this machine. Raises as `encode_files`
    does; ValueError for inputs without a size, and for duplicates, which no part can see in
    another.
    """
    check_free(out, overwrite=overwrite)
    filters = filters or FilterConfig()
    if filters.duplicates != "keep":
        raise ValueError(
            f"duplicates is {filters.duplicates!r}, but parts of a corpus do not see each other's "
            "lines; engine 'local' does, and so does `textseq clean` before this"
        )
    sources = find_sources(inputs)
    shard_sources(sources, (1, 1), config)  # ValueError where they have no size
    paths = [os.path.abspath(source.path or "") for source in sources]
    n_bytes = sum(source.size or 0 for source in sources)
    place = Path(os.path.abspath(out))
    place.parent.mkdir(parents=True, exist_ok=True)
    with folder_beside(place, ".parts") as parts:
        with ray_cluster() as ray:
            text = config
            if needs_training(config):
                text = train_tokenizer(
                    inputs, config, parts / TOKENIZER, filters=filters, progress=progress
                )
            elif config.tokenizer_file is not None:  # to where all machines see it
                carry_tokenizer(parts, config.to_json())
                text = config.replace(tokenizer_file=str(parts / TOKENIZER))
            if vocab is not None:
                save_vocab(vocab, text, parts / _VOCAB)
            workers = workers or sum(Machines.of(ray).cpus)
            n_parts = max(workers, -(-n_bytes // _PART_BYTES))
            given = {
                "paths": paths, "text": _all_words(text, vocab).to_json(), "n_parts": n_parts,
                "filters": filters.to_json(), "folder": str(parts), "has_vocab": vocab is not None,
            }  # fmt: skip
            _encode_parts(ray, given, workers, progress)
        folders = [_place_of(parts, number) for number in range(1, n_parts + 1)]
        _check_here(folders)
        if not any(EncodedCorpus.load(folder).n_tokens for folder in folders):
            raise ValueError(f"no words in {name_sources(sources)}")
        return merge_corpora(
            folders, place, min_count=config.min_count, max_vocab=config.max_vocab,
            overwrite=overwrite,
        )  # fmt: skip


def _all_words(text: TextConfig, vocab: Vocab | None) -> TextConfig:
    """The options of a part: which words stay is decided when all are counted."""
    if vocab is not None or text.tokenizer_file is not None:
        return text
    return text.replace(min_count=1, max_vocab=None)


def _encode_parts(
    ray: Any, given: dict[str, Any], workers: int, progress: ReadingProgress | None
) -> None:
    """Have every part encoded into its folder; ValueError with the message of one that fails."""
    ray.data.DataContext.get_current().enable_progress_bars = False
    n_parts = given["n_parts"]
    numbers = ray.data.from_items(
        [{"part": number} for number in range(1, n_parts + 1)], override_num_blocks=n_parts
    )
    at_once = ray.data.TaskPoolStrategy(size=workers)
    rows = numbers.map(_encode_part, fn_kwargs=given, num_cpus=1, compute=at_once)
    n_bytes, heard = 0, dict[str, None]()
    for done, row in enumerate(rows.iter_rows(), 1):
        if row["error"]:
            raise ValueError(either(row["error"], row["in_a_shell"]))
        heard |= dict.fromkeys(row["notices"])
        n_bytes += row["bytes"]
        if progress is not None:
            progress(n_bytes, done / n_parts)
    for notice in heard:  # most stand in each part that has read the same file
        give_notice(notice)


def _encode_part(
    row: dict[str, Any],
    *,
    paths: list[str],
    text: dict[str, Any],
    filters: dict[str, Any],
    n_parts: int,
    folder: str,
    has_vocab: bool,
) -> dict[str, Any]:
    """On one of the machines: part number row["part"], on one thread."""
    number, notices = int(row["part"]), list[str]()
    try:
        config = TextConfig.from_json(text)
        vocab = load_vocab(Path(folder) / _VOCAB)[0] if has_vocab else None
        # A part may be made twice, where a machine is lost after it has written the first.
        corpus = encode_files(
            paths, config, _place_of(Path(folder), number), vocab=vocab,
            filters=FilterConfig.from_json(filters), shard=(number, n_parts), threads=1,
            overwrite=True, notify=notices.append,
        )  # fmt: skip
    except USUAL_ERRORS as error:
        return _answer(number, 0, notices, str(error) or type(error).__name__)
    return _answer(number, corpus.config["source"]["bytes"], notices)


def _answer(number: int, n_bytes: int, notices: list[str], error: str = "") -> dict[str, Any]:
    """One row of Ray's; what went wrong is in it twice, as a Message is no plain str."""
    told = {"error": in_python(error), "in_a_shell": in_a_shell(error)}
    return {"part": number, "bytes": n_bytes, "notices": [*map(in_python, notices)]} | told


def _place_of(folder: Path, number: int) -> Path:
    return folder / f"part-{number}"


def _check_here(parts: list[Path]) -> None:
    """ValueError where a part was written, but not to a disk that this machine has."""
    for part in parts:
        if not part.is_dir():
            raise ValueError(
                f"{part} was written on another machine and is not here; put --out where all "
                "machines of the cluster see it"
            )
