"""Ranks: several processes that train the same tables, each on its own spans of the stream.

In: the environment that torchrun gives to each process, tables. Out: in rounds, the changes that
all ranks have made, brought together: those that have nothing in common as their sum, those that
are alike as little more than their mean. Who has died is found by its heart beat. It needs torch:
NCCL for GPUs, gloo for CPUs. It knows no corpus; train.py is what goes through the stream.
"""

from __future__ import annotations

import contextlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Self

import torch
import torch.distributed
from torch import Tensor

from textseq.config import Device, thread_count
from textseq.word2vec.rounds import RankFailedError, RankLostError, Round
from textseq.word2vec.sampling import BLOCK

_distributed: Any = torch.distributed  # it does not say what it exports
_MEETING = timedelta(minutes=30)  # until the last rank has read its text
_PATIENCE = timedelta(seconds=40)  # with a rank that does not answer
_BEAT = 1.0  # seconds
_SILENCE = 4.0  # after which a rank is taken for dead
_DEAF = 30.0  # the same while ranks compile, which may keep them from beating
_TORCHRUN = "TORCHELASTIC_RUN_ID"  # torchrun's agent has set it, and keeps the store
_LEAST_ROUNDS = 8  # of a rank an epoch, however short it is; see benchmarks/results/ranks.txt
_BEYOND = 1.5  # times the mean, which is how far changes go that are alike; from 2 on they swing


class Ranks:
    """This process among `size`, `rank` 0..size - 1; `join` before training, `leave` after it."""

    def __init__(self, rank: int, size: int, local_rank: int, local_size: int) -> None:
        self.rank, self.size = rank, size
        self.local_rank, self.local_size = local_rank, local_size
        self._device = torch.device("cpu")
        self._before: list[Tensor] = []
        self._lost, self._own_group = False, True
        self._store: Any = None
        self._ended = threading.Event()

    @classmethod
    def from_environment(cls) -> Self:
        """As torchrun says in RANK, WORLD_SIZE, LOCAL_RANK and LOCAL_WORLD_SIZE; ValueError."""
        given = [os.environ.get(name, "") for name in ("RANK", "WORLD_SIZE")]
        if not all(text.isdecimal() for text in given) or int(given[0]) >= int(given[1]):
            raise ValueError(f"RANK is {given[0]!r} of WORLD_SIZE {given[1]!r}; torchrun sets them")
        local = [os.environ.get(f"LOCAL_{name}", "") for name in ("RANK", "WORLD_SIZE")]
        here = [int(text) if text.isdecimal() else int(given[n]) for n, text in enumerate(local)]
        return cls(int(given[0]), int(given[1]), *here)

    @property
    def threads(self) -> int:
        """This rank's share of the CPUs of its machine."""
        return max(1, thread_count(0) // self.local_size)

    @property
    def first_here(self) -> int:
        """The lowest rank of this machine."""
        return self.rank - self.local_rank

    def reach(self) -> Self:
        """Find the store of all ranks, and begin to beat there. ValueError."""
        if self._store is not None:
            return self
        with self._reaching():
            if torch.distributed.is_initialized():  # by whoever has started the ranks, such as Ray
                self._store, self._own_group = _store_of_environment(), False
            else:
                url = f"env://?rank={self.rank}&world_size={self.size}"
                self._store, _, _ = next(_distributed.rendezvous(url, timeout=_MEETING))
        threading.Thread(target=self._beat, daemon=True).start()
        return self

    def take_gpu(self) -> None:
        """Make the GPU of the local rank the one that this process uses, if there is one.

        Before anything runs on a GPU, or all ranks would begin on the first one.
        """
        if torch.cuda.is_available() and self.local_rank < torch.cuda.device_count():
            torch.cuda.set_device(self.local_rank)

    def join(self, device: Device) -> Self:
        """Meet the other ranks; on CUDA the GPU is that of the local rank. ValueError, and
        RankLostError if one dies on its way."""
        if device == "cuda":
            n_gpus = torch.cuda.device_count()
            if self.local_rank >= n_gpus:
                raise ValueError(
                    f"rank {self.rank} is number {self.local_rank} on a machine of {n_gpus} GPUs; "
                    "start a process for each, or give device 'cpu'"
                )
            self._device = torch.device("cuda", self.local_rank)
            torch.cuda.set_device(self._device)
            # Else NCCL ends the process before it can say who is lost and leave a checkpoint.
            os.environ.setdefault("TORCH_NCCL_ASYNC_ERROR_HANDLING", "0")
        self.reach()
        # First by the store, where who dies is found; in the group all wait for the dead.
        self.meet("join")
        if self._own_group:
            with self._reaching():
                torch.distributed.init_process_group(
                    "nccl" if device == "cuda" else "gloo",
                    store=_distributed.PrefixStore("tables", self._store),
                    rank=self.rank, world_size=self.size, timeout=_MEETING,
                    # With a device NCCL connects now, not in the first round.
                    device_id=self._device if device == "cuda" else None,
                )  # fmt: skip
        return self

    @contextlib.contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            reason = " ".join(str(error).split())
            raise ValueError(
                f"rank {self.rank} cannot reach the others; MASTER_ADDR and MASTER_PORT say where "
                f"rank 0 is ({reason})"
            ) from None

    def leave(self) -> None:
        """Beat no more, and end what `join` has begun.

        Not after a loss: NCCL would wait for the answers of the dead.
        """
        if self._store is not None:
            with contextlib.suppress(RuntimeError):
                self._store.set(f"left/{self.rank}", "")
        self._ended.set()
        if not self._lost and self._own_group and torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()

    def check_same(self, identity: Mapping[str, Any]) -> None:
        """ValueError with its number if a rank has other options or another corpus than rank 0."""
        self._store.set(f"identity/{self.rank}", json.dumps(identity))
        self.meet("identities")
        first = json.loads(self._store.get("identity/0"))
        for rank in range(1, self.size):
            given = json.loads(self._store.get(f"identity/{rank}"))
            wrong = [name for name in first if given.get(name) != first[name]]
            if wrong:
                raise ValueError(
                    f"rank {rank} and rank 0 do not train on the same ({', '.join(wrong)} "
                    "differs); give all the same corpus and options"
                )

    def meet(self, place: str) -> None:
        """Wait until all ranks are here too; RankLostError if one dies on its way."""
        self._store.set(f"{place}/{self.rank}", "")
        self._wait([f"{place}/{rank}" for rank in range(self.size)])

    def once_a_machine(self, name: str, work: Callable[[], object]) -> None:
        """The lowest rank of each machine does the work, the others wait until it is done.

        What it raises it raises there; elsewhere RankFailedError, or RankLostError if it dies.
        """
        self.reach()
        key = f"{name}/{self.first_here}"
        if self.rank == self.first_here:
            try:
                work()
            except BaseException:
                self._store.set(key, "failed")
                raise
            self._store.set(key, "done")
            return
        self._wait([key])
        if self._store.get(key) == b"failed":
            raise RankFailedError(self.first_here)

    def _wait(self, keys: list[str]) -> None:
        while True:
            try:
                self._store.wait(keys, timedelta(seconds=_SILENCE))
                return
            except RuntimeError:  # time is over, or the store is gone
                if silent := self._silent(_DEAF):
                    self._lost = True
                    raise RankLostError(silent) from None

    def lost(self) -> list[int]:
        """The ranks that have died; told to stop, one asks whether that is why.

        torchrun tells all to stop as soon as one has died. Nobody else keeps the store for them, so
        elsewhere a rank that has left in order would look like a dead one: there the list is empty.
        """
        if _TORCHRUN not in os.environ:
            return []
        silent = self._silent(_SILENCE)
        with contextlib.suppress(RuntimeError):
            silent = [rank for rank in silent if not self._store.check([f"left/{rank}"])]
        self._lost = self._lost or bool(silent)
        return silent

    # ---- rounds

    def round_from(self, done: int, n_positions: int, words: int) -> Round:
        """The round that begins at `done`, in which each rank trains on about so many `words`."""
        start = done % n_positions
        # The more ranks, the more of a round is trained without the others' changes.
        words = min(words, n_positions // (_LEAST_ROUNDS * self.size**2))
        stop = min(start + self.size * max(1, words // BLOCK) * BLOCK, n_positions)
        # The last round of an epoch is shared out evenly too.
        part = -(-(stop - start) // (BLOCK * self.size)) * BLOCK
        edges = (start + self.rank * part, start + (self.rank + 1) * part, stop)
        return Round(*(done - start + min(edge, stop) for edge in edges))

    def begin(self, tables: Sequence[Any]) -> None:
        """Remember the tables (V, D), NumPy or torch, as all ranks have them now."""
        with _room(tables):
            self._before = [torch.as_tensor(table).clone() for table in tables]

    def bring_together(self, tables: Sequence[Any], numbers: Sequence[float]) -> list[float]:
        """Make the tables those of all ranks, in place; the sums of the `numbers` over all ranks.

        A row moves by the sum of the ranks' changes over their agreement, the squared length of
        the sum over the sum of the squared lengths. Changes that have nothing in common, as those
        of rare words, add up, as if one rank had made all steps; n that are alike, as those of
        frequent words, which every rank has brought to where they go, become 1.5 times their mean:
        the sum would go n times too far, and the mean too short where all have far to go still.
        RankLostError.
        """
        sums = torch.tensor(numbers, dtype=torch.float64, device=self._device)
        self._sum(sums)
        changes = []
        with _room(tables):
            for table, before in zip(map(torch.as_tensor, tables), self._before, strict=True):
                change = table - before
                squares = _squares(change)
                self._sum(change)
                self._sum(squares)
                agreement = (_squares(change) / squares).nan_to_num_(1.0)
                changes.append(change.div_((agreement / _BEYOND).clamp_(min=1.0)[:, None]))
        # All at once: a rank that is lost on the way leaves the round before whole.
        for before, change in zip(self._before, changes, strict=True):
            before += change
        self.go_back(tables)
        return sums.tolist()

    def go_back(self, tables: Sequence[Any]) -> None:
        """Make the tables what they were when all ranks had last come together, if they have."""
        if not self._before:
            return
        for table, before in zip(map(torch.as_tensor, tables), self._before, strict=True):
            table.copy_(before)

    def _sum(self, tensor: Tensor) -> None:
        try:
            torch.distributed.all_reduce(tensor, async_op=True).wait(timeout=_PATIENCE)
        except RuntimeError:  # a closed connection, or time is over
            self._lost = True
            raise RankLostError(self._silent(_SILENCE)) from None

    # ---- who is alive

    def _beat(self) -> None:
        with contextlib.suppress(RuntimeError):  # where the store is gone, nobody listens
            store = self._store.clone()
            for number in range(1 << 62):
                store.set(f"beat/{self.rank}", str(number))
                if self._ended.wait(_BEAT):
                    return

    def _silent(self, seconds: float) -> list[int]:
        """The other ranks whose hearts do not beat for so long."""
        others = [rank for rank in range(self.size) if rank != self.rank]
        try:
            earlier = {rank: self._store.get(f"beat/{rank}") for rank in others}
            time.sleep(seconds)
            return [rank for rank in others if self._store.get(f"beat/{rank}") == earlier[rank]]
        except RuntimeError:
            return [0]  # it kept the store


def _squares(rows: Tensor) -> Tensor:
    """(V, D) -> (V,): squared lengths, without a table of squares."""
    return torch.einsum("vd,vd->v", rows, rows)


@contextlib.contextmanager
def _room(tables: Sequence[Any]) -> Iterator[None]:
    """MemoryError that says what ranks need beside the tables, where a GPU has no room for it."""
    try:
        yield
    except torch.OutOfMemoryError:
        size = 3 * sum(table.nbytes for table in tables) / 1e9
        raise MemoryError(
            f"several GPUs need {size:.1f} GB more on each, to bring the tables together; a "
            "smaller dim or max_vocab needs less, and one GPU none of it"
        ) from None


def _store_of_environment() -> Any:
    """Another door to the store by which the ranks have met; RuntimeError where there is none."""
    host, port = os.environ.get("MASTER_ADDR", ""), os.environ.get("MASTER_PORT", "")
    store = _distributed.TCPStore(host, int(port or 0), is_master=False, timeout=_MEETING)
    return _distributed.PrefixStore("textseq", store)
