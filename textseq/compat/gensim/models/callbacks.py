"""Callbacks: what a script wants to do before and after each epoch of a training.

In: a model, as it is then. Out: nothing. gensim's callbacks of LDA are not here.
"""

from __future__ import annotations

from typing import Any


class CallbackAny2Vec:
    """To be inherited from; each method is given the model, with the vectors of that moment."""

    def on_train_begin(self, model: Any) -> None:
        """Before the first epoch."""

    def on_epoch_begin(self, model: Any) -> None:
        """Before an epoch."""

    def on_epoch_end(self, model: Any) -> None:
        """After an epoch."""

    def on_train_end(self, model: Any) -> None:
        """After the last epoch."""
