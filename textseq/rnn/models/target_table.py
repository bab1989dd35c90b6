"""The table of targets: their names, the data sets that have them, and what makes them.

In: the name of a target, the labels. Out: a Target, or None for one label, which LabelModel itself
learns.
"""

from __future__ import annotations

from typing import Literal

from textseq.rnn.data.examples import TargetKind
from textseq.rnn.models.label_set_target import LabelSetTarget
from textseq.rnn.models.number_target import NumberTarget
from textseq.rnn.models.target import Target

TargetName = Literal["label", "label-set", "number"]
OF_DATA: dict[TargetKind, TargetName] = {
    "labels": "label", "label-sets": "label-set", "values": "number",
}  # fmt: skip


def make_target(name: TargetName, labels: list[str]) -> Target | None:
    """The target of a name; None where it is one label."""
    if name == "label":
        return None
    return NumberTarget() if name == "number" else LabelSetTarget(labels)
