"""Keeper: when a training is kept, and what becomes of a checkpoint that finds no room.

In: a training (training.py) between two steps. Out: its checkpoint, once in so many seconds and
when it is asked for; at a stop on another disk, if need be. What is in it is checkpoint.py's.
"""

from __future__ import annotations

from pathlib import Path

from textseq.artifact import write_where_room_is
from textseq.pace import Pace
from textseq.rnn.training.checkpoint import write_checkpoint
from textseq.rnn.training.state import TrainingState
from textseq.text.notices import Notify
from textseq.text.notices import notify as give_notice


class Keeper:
    """The checkpoint of one training, a folder, or None; `kept` is where it is, once it is there.

    `is_kept`: whether it holds all that has been done.
    """

    def __init__(self, checkpoint: Path | None, seconds: float, notify: Notify | None) -> None:
        """`seconds` between two of them within an epoch, 0 for none; `notify` gets sentences."""
        self.kept: Path | None = None
        self.is_kept = True
        self._checkpoint = checkpoint
        self._notify = notify or give_notice
        self._pace = Pace(seconds)

    def holds_all(self) -> None:
        """The checkpoint is there, and holds all that has been done."""
        self.kept, self.is_kept = self._checkpoint, True

    def is_due(self) -> bool:
        """Whether it is time again."""
        return self._checkpoint is not None and self._pace.is_due

    def keep(self, fit: TrainingState) -> None:
        """Write the checkpoint; where that fails, it is said, and training goes on."""
        checkpoint = self._checkpoint
        if checkpoint is not None:
            self._pace.spend(lambda: self._write(checkpoint, fit))

    def _write(self, checkpoint: Path, fit: TrainingState) -> None:
        try:
            write_checkpoint(checkpoint, fit)
            self.holds_all()
        except OSError as error:
            reason = error.strerror or str(error)
            self._notify(f"{checkpoint} could not be written ({reason}); training goes on")

    def keep_at_stop(self, fit: TrainingState) -> Path | None:
        """The checkpoint of the last step: where it goes, if its own place has no room."""
        if self._checkpoint is None or self.is_kept:
            return self.kept
        try:
            return write_where_room_is(self._checkpoint, lambda path: write_checkpoint(path, fit))
        except OSError as error:
            reason = error.strerror or str(error)
            self._notify(f"no disk has room for {self._checkpoint} ({reason})")
            return self.kept
