"""A checkpoint of word2vec: a folder with both tables, and how much of the stream is done.

In: a job that was stopped. Out: the folder, and the job filled from it again; ValueError where it
belongs to another training or is damaged.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from textseq.arrays import open_array, save_array
from textseq.artifact import new_folder, of_one_folder, read_config, write_config
from textseq.text.encoded import EncodedCorpus
from textseq.word2vec.job import Job
from textseq.word2vec.run import Done
from textseq.word2vec.sampling import BLOCK

_KIND = "word2vec-checkpoint"


def identify_job(job: Job, corpus: EncodedCorpus) -> dict[str, Any]:
    """What must be the same for a checkpoint to go on; who trains on it, and where, may differ."""
    options = job.config.to_json()
    for name in ("threads", "device", "sync_words", "checkpoint_seconds"):
        del options[name]
    words = "\n".join(corpus.vocab.tokens).encode("utf-8", "surrogatepass")
    return {
        "word2vec": options,
        "n_tokens": corpus.n_tokens,
        "source": corpus.config.get("source"),
        "vocab": hashlib.blake2b(words, digest_size=32).hexdigest(),
    }


def save_job(path: Path, job: Job, corpus: EncodedCorpus, done: Done) -> None:
    """Write the folder as a whole or not at all, in place of an older one."""
    state = {"done": done.positions, "loss": done.loss.tolist(), "pairs": done.pairs.tolist()}
    with new_folder(path, overwrite=True) as folder:
        write_config(folder, _KIND, identify_job(job, corpus) | state)
        save_array(folder / "w_in.npy", job.w_in)
        save_array(folder / "w_out.npy", job.w_out)


@of_one_folder
def restore_job(path: Path, job: Job, corpus: EncodedCorpus) -> Done:
    """Load both tables into the job; return how far it is."""
    config = read_config(path, _KIND, made_by="textseq train-w2v, stopped by Ctrl-C")
    for name, value in identify_job(job, corpus).items():
        if name == "word2vec":
            options = config.get(name)
            for option, ours in value.items():
                theirs = options.get(option) if isinstance(options, dict) else None
                if theirs != ours:
                    raise ValueError(f"{path} was trained with {option} {theirs}, not {ours}")
        elif config.get(name) != value:
            raise ValueError(f"{path} was trained on another corpus ({name} differs)")
    for name, table in (("w_in", job.w_in), ("w_out", job.w_out)):
        table[...] = open_array(path / f"{name}.npy", table.dtype, table.shape)
    return _done(path, config, job)


def _done(path: Path, config: dict[str, Any], job: Job) -> Done:
    done, n_positions, epochs = config.get("done"), len(job.ids), job.config.epochs
    if type(done) is not int or not 0 <= done <= n_positions * epochs:
        raise ValueError(f"{path} is damaged: its config says that {done!r} positions are done")
    if done % n_positions % BLOCK:
        raise ValueError(f"{path} is damaged: {done} positions are no whole blocks")
    found = Done.nothing(epochs)
    found.positions = done
    for name, sums in (("loss", found.loss), ("pairs", found.pairs)):
        given = config.get(name)
        kind = int if name == "pairs" else (int, float)
        if (
            not isinstance(given, list)
            or len(given) != epochs
            or not all(isinstance(n, kind) and 0 <= n < 2**63 for n in given)
        ):
            raise ValueError(f"{path} is damaged: its config has no {name} for {epochs} epochs")
        sums[:] = given
    return found
