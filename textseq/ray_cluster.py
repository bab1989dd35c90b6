"""A Ray cluster: the one that is there, or one on this machine for as long as it is needed.

In: nothing. Out: the module `ray`, connected; and what a task has to say where it fails. Ray itself
comes with textseq[ray]. What runs on the cluster is the business of text/ray_encode.py and
word2vec/ray_train.py.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple, Self

from textseq.extras import comes_with

# What a user's files and options may cause; it is carried over by its message alone, since an
# exception of Ray's would hold the whole trace of another process.
USUAL_ERRORS = (ValueError, OSError, MemoryError)

_SECONDS = 10.0  # for a cluster to answer


@contextmanager
def ray_cluster() -> Iterator[Any]:
    """Ray, connected to the cluster that RAY_ADDRESS or an earlier ray.init names, or a local one.

    ModuleNotFoundError without Ray, ConnectionError where no cluster answers.
    """
    # Before the import: Ray would tell its makers about every cluster that it starts.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    with comes_with("ray", "ray", "engine 'ray' needs Ray"):
        import ray
    ours = not ray.is_initialized()
    if ours:
        _check_address(os.environ.get("RAY_ADDRESS", ""))
        # Workers on this machine would give way to whatever else runs on it.
        os.environ.setdefault("RAY_worker_niceness", "0")
        ray.init(include_dashboard=False, logging_level=logging.ERROR, log_to_driver=False)
        import ray.data

        logging.getLogger("ray.data").setLevel(logging.ERROR)  # else it tells of its plans
    try:
        yield ray
    finally:
        if ours:
            ray.shutdown()


def _check_address(address: str) -> None:
    """ConnectionError where nobody listens at host:port: Ray itself would try for many minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return  # "auto", "local", or none
    try:
        socket.create_connection((host, int(port)), timeout=_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConnectionError(
            f"no Ray cluster answers at {address}, which RAY_ADDRESS names ({reason}); without it "
            "one is begun on this machine"
        ) from None


class Machines(NamedTuple):
    """What the machines of a cluster have: CPUs and GPUs of each."""

    cpus: list[int]
    gpus: list[int]

    @classmethod
    def of(cls, ray: Any) -> Self:
        """Those that are alive."""
        alive = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        return cls(*([int(has.get(kind, 0)) for has in alive] for kind in ("CPU", "GPU")))

    def cpus_each(self, workers: int) -> int:
        """CPUs of each of so many equal workers, none of which spans two machines; 0: too many."""
        for each in range(max(self.cpus, default=0), 0, -1):
            if sum(cpus // each for cpus in self.cpus) >= workers:
                return each
        return 0
