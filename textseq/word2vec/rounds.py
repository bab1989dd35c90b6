"""Rounds: what several processes that train together agree on, and how they end without each other.

In: nothing. Out: the stretch of a round, and the errors of ranks that have died or failed. It needs
no torch: the run knows these in one process too, ranks.py alone knows how ranks talk.
"""

from __future__ import annotations

from typing import NamedTuple


class Round(NamedTuple):
    """Positions of one epoch, over all epochs together: of this rank, and where all end."""

    first: int
    last: int
    stop: int


class RankLostError(Exception):
    """Ranks have died, or do not answer."""

    def __init__(self, ranks: list[int]) -> None:
        names = " and ".join(map(str, ranks))
        who = f"rank {names} has" if len(ranks) == 1 else f"rank {names} have"
        super().__init__(f"{who if ranks else 'a rank has'} stopped answering")
        self.ranks = ranks


class RankFailedError(ValueError):
    """Another rank has met an error, and says which."""

    def __init__(self, rank: int) -> None:
        super().__init__(f"rank {rank} has failed; it says why")
