"""A Ray cluster: who begins and ends it, what its machines have, and what a command says of it."""

from __future__ import annotations

import socket
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from textseq.ray_cluster import Machines, ray_cluster


class FakeRay(SimpleNamespace):
    """What of Ray is used here, without its processes."""

    def __init__(self, *, begun: bool) -> None:
        super().__init__(begun=begun, calls=[])

    def is_initialized(self) -> bool:
        return self.begun

    def init(self, **options: Any) -> None:
        self.calls.append("init")

    def shutdown(self) -> None:
        self.calls.append("shutdown")


@pytest.mark.parametrize(("begun", "calls"), [(False, ["init", "shutdown"]), (True, [])])
def test_only_what_was_begun_here_is_ended(
    begun: bool, calls: list[str], monkeypatch: pytest.MonkeyPatch
):
    fake = FakeRay(begun=begun)
    monkeypatch.setitem(sys.modules, "ray", fake)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "ray.data", SimpleNamespace())  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError), ray_cluster() as ray:
        ray.calls.append(1 / 0)
    assert fake.calls == calls


def test_without_ray(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ModuleNotFoundError, match=r"textseq\[ray\]"), ray_cluster():
        pass


def test_a_cluster_that_does_not_answer(monkeypatch: pytest.MonkeyPatch):
    fake = FakeRay(begun=False)
    monkeypatch.setitem(sys.modules, "ray", fake)  # type: ignore[arg-type]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"  # nobody listens
        monkeypatch.setenv("RAY_ADDRESS", address)
        with pytest.raises(ConnectionError, match=f"no Ray cluster answers at {address}"):
            ray_cluster().__enter__()
    assert fake.calls == []


def test_machines_that_are_alive():
    nodes = [
        {"Alive": True, "Resources": {"CPU": 8.0, "GPU": 2.0}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
        {"Alive": True, "Resources": {"memory": 1e9}},
    ]
    assert Machines.of(SimpleNamespace(nodes=lambda: nodes)) == Machines([8, 0], [2, 0])


@pytest.mark.parametrize(
    ("cpus", "workers", "each"),
    [([2], 1, 2), ([2], 2, 1), ([2], 3, 0), ([16, 8], 2, 8), ([16, 8], 3, 8), ([16, 8], 4, 5),
     ([16, 8], 5, 4), ([16, 0], 2, 8), ([], 1, 0)],
)  # fmt: skip
def test_equal_workers_fit_their_machines(cpus: list[int], workers: int, each: int):
    assert Machines(cpus, []).cpus_each(workers) == each
