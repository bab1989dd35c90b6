"""Places: where the result of a training goes, and what stands beside it until then.

In: --out. Out: the names of the checkpoint and of the encoded text, a lock on all of them, and
refusals before the work begins; at the end what is removed. Nothing is trained or written here,
and what is said of an end before the end is ending.py's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from textseq.artifact import check_free
from textseq.cli.display import say
from textseq.cli.folders import is_ours
from textseq.cli.options import bad
from textseq.locks import InUseError, Lock
from textseq.unfinished import remove, sweep

if TYPE_CHECKING:
    from textseq.word2vec.ranks import Ranks


class Places:
    """Where the result of a training goes, and what stands beside it until then.

    The `ranks` of a machine share a corpus, which the first of them makes and takes away; it holds
    the lock for them. What has been checked is to be given back by `release`.
    """

    def __init__(self, out: Path, ranks: Ranks | None = None) -> None:
        if out.name in ("", ".."):
            raise bad(f"--out {out} has no name of its own; give a folder, new or one of ours")
        self.out = out
        self.checkpoint = out.with_name(f"{out.name}.checkpoint")
        machine = 0 if ranks is None else ranks.first_here
        number = f".{machine}" if machine else ""
        self.corpus = out.with_name(f".{out.name}.corpus{number}")
        self.ranks = ranks
        self._real = Path(os.path.realpath(out))  # one folder has one lock, by whatever name
        self._lock = Lock(self._real.with_name(f".{self._real.name}.lock{number}"), str(out))
        self._made: list[Path] = []  # folders above it, which were not there

    @property
    def _is_first_here(self) -> bool:
        return self.ranks is None or self.ranks.local_rank == 0

    def check(self, *, resume: bool, force: bool) -> None:
        """Refuse before the work begins what would be refused after it, and take the lock.

        What killed trainings have left here is removed.
        """
        check_free(self.out, overwrite=force)
        if self._is_first_here:
            if not self.take():
                say(
                    f"textseq: there are no locks where {self.out} is; a second command that "
                    "writes it at the same time is not noticed"
                )
            check_free(self.out, overwrite=force)  # whoever had the lock may have written it
        there = is_ours(self.checkpoint)
        if resume and not there:
            raise FileNotFoundError(
                f"there is no checkpoint {self.checkpoint}; without --resume, training begins anew"
            )
        if not resume and not force and there:
            raise FileExistsError(
                f"{self.checkpoint} holds a training that was stopped; --resume goes on with it, "
                "--force begins anew"
            )
        check_free(self.checkpoint, overwrite=True)

    def take(self) -> bool:
        """Lock the place, and remove what killed processes have left; false where no locks are.

        InUseError, which names the process, if another one has it; OSError where nothing can be
        written.
        """
        parents = self._real.parents
        self._made = [folder for folder in parents if not folder.exists()]
        try:
            while True:
                self._real.parent.mkdir(parents=True, exist_ok=True)
                with suppress(FileNotFoundError):  # another one has tidied its folders up
                    locked = self._lock.take()
                    break
        except InUseError:
            raise
        except OSError as error:
            self.release()
            raise OSError(error.errno, error.strerror, str(self.out)) from None
        for place in (self._real, self.checkpoint.absolute(), self.corpus.absolute()):
            sweep(place)
        return locked

    def release(self) -> None:
        """Give the lock back, and take away the folders above it that have stayed empty."""
        self._lock.release()
        for folder in self._made:
            with suppress(OSError):
                os.rmdir(folder)

    def clear(self) -> None:
        """Remove what only a stopped training needs."""
        if is_ours(self.checkpoint):
            remove(self.checkpoint)
        self.clear_corpus()

    def clear_corpus(self) -> None:
        """Remove the encoded text, unless there is a checkpoint that will want it."""
        if self._is_first_here and is_ours(self.corpus) and not is_ours(self.checkpoint):
            remove(self.corpus)


def take_place(context: typer.Context, out: Path, *, force: bool) -> None:
    """For a command that writes one folder: refuse what it cannot write, and lock it for it."""
    check_free(out, overwrite=force)
    place = Places(out)
    context.call_on_close(place.release)
    place.take()
    check_free(out, overwrite=force)
