"""What the commands that train translators and captioners share: a check, and what is shown.

In: a trained model and its data. Out: its scores and some texts on stdout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textseq.cli.display import data
from textseq.cli.options import bad
from textseq.cli.score_display import show_report
from textseq.cli.train_command import OF_WRITERS, CommandLine, TrainTask

if TYPE_CHECKING:
    from textseq.rnn.tasks.parts import Parts
    from textseq.rnn.tasks.pipeline import Pipeline


class TrainWriter(TrainTask):
    """A row of a task whose answers are texts."""

    only = OF_WRITERS

    def check(self, line: CommandLine) -> None:
        """Now, not when an epoch is scored."""
        check_bleu_tokenizer(line.recipe.options.bleu_tokenizer)

    def show(self, line: CommandLine, pipeline: Pipeline[Any], parts: Parts, **more: Any) -> None:
        """The scores of what beam search writes, and on a screen the first three texts."""
        from textseq.rnn.tasks.writing import as_line

        model, options, (scored, name) = pipeline.model, line.recipe.options, parts.scored
        search: dict[str, Any] = {"beam": options.beam, "length_penalty": options.length_penalty}
        report, how = model.report(scored, **search), f", beam {options.beam}"
        show_report(report, name, len(scored), self.unit, json=line.run.json, how=how, **search)
        if line.run.json:
            return
        data("")
        answers = model.answers(scored.select(range(min(3, len(scored)))), 3, **search)
        for answer, reference in zip(answers, model.references(scored), strict=False):
            data(f"{as_line(answer)}\t(reference: {' '.join(reference.split())})")


def check_bleu_tokenizer(name: str) -> None:
    """A wrong use for a tokenizer that lacks its package: now, not when an epoch is scored."""
    if name == "auto":
        return
    from textseq.rnn.scores.bleu_tokenizers import bleu_metric

    try:
        bleu_metric(name, ())
    except ValueError as error:
        raise bad(f"--bleu-tokenizer: {error}") from None
