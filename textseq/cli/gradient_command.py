"""The command `grad-flow`: how far a gradient reaches back, and what a cell learns of it.

In: cells and how they begin; or the folder of a trained model and texts; or the name of a synthetic
task. Out: a table or JSON on stdout and a picture: the norm of dh_T/dh_t over the lag, or the error
over the length. What is shown is computed in rnn/gradients/.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from textseq.advice import with_article
from textseq.bundled import bundled
from textseq.cli.display import Meter, say
from textseq.cli.gradient_display import flows_json, flows_table, trials_json, trials_table
from textseq.cli.options import (
    Defaults,
    Force,
    Json,
    Only,
    Quiet,
    argument,
    bad,
    kebab,
    number,
    number_option,
    one_of,
    value_option,
    was_given,
)
from textseq.cli.trained_model import TextGiven, input_reader, load_pipeline
from textseq.config import (
    Cell,
    EchoStateConfig,
    Initialisation,
    RNNConfig,
    TextConfig,
    TrialConfig,
)

if TYPE_CHECKING:
    from textseq.rnn.gradients.gradient_flow import Flow
    from textseq.rnn.gradients.memory_trial import Trial
    from textseq.rnn.tasks.pipeline import Pipeline

    Panels = dict[str, dict[str, Flow]]

CELLS: tuple[Cell, ...] = get_args(Cell)
ECHO = "esn"  # a cell that is not trained, and has no other beginning than its random one
INITIALISATIONS: tuple[Initialisation, ...] = get_args(Initialisation)
TASKS = ("adding", "copy", "order")
PICTURE = Path("grad-flow.png")

# The three uses, and which options go with which.
_NEW, _MODEL, _TASK = "new cells", "--model", "--task"
_USES = {
    **dict.fromkeys(("cells", "initialisations", "hidden", "forget_bias", "seed"), (_NEW, _TASK)),
    **dict.fromkeys(("length", "sequences"), (_NEW, _MODEL)),
    **dict.fromkeys(("spectral_radius", "leak", "input_scale"), (_NEW,)),
    **dict.fromkeys(("files", "text_column", "encoding", "errors"), (_MODEL,)),
    **dict.fromkeys(("lengths", "clip", "seeds", "steps", "batch_size", "lr"), (_TASK,)),
}
_FLAGS = {"files": "FILES", "text_column": "--text"}


NETWORK = RNNConfig(hidden=64)  # small layers show the same
RESERVOIR = EchoStateConfig().filled()  # as for series: numbers come in here too


def _list_of(parse: Callable[[Any], Any], help: str, *flags: str) -> Any:
    """An option of several values with commas between them; each counts once."""

    def values(given: Any) -> Any:
        parts = [part.strip() for part in str(given).split(",")]
        return tuple(dict.fromkeys(parse(part) for part in parts))

    return typer.Option(*flags, parser=values, metavar="A,B,...", help=help, show_default=False)


def _count(help: str) -> Any:
    return typer.Option(parser=number(int, 1), metavar="N", help=help)


def grad_flow(
    context: typer.Context,
    files: Annotated[
        list[str] | None,
        argument("FILES", "With --model: texts; - is standard input; nothing: bundled ones."),
    ] = None,
    *,
    model: Annotated[
        Path | None,
        value_option(
            "FOLDER", "Look at the first recurrent layer of a trained model.", "--model", "-m"
        ),
    ] = None,
    task: Annotated[
        str | None,
        typer.Option(
            parser=one_of(*TASKS),
            metavar="|".join(TASKS),
            show_default=False,
            help="Train on a synthetic task of long memory.",
            autocompletion=lambda: list(TASKS),
        ),
    ] = None,
    cells: Annotated[
        Any,
        _list_of(
            one_of(*CELLS, ECHO),
            f"Of {', '.join(CELLS)} (default: these); esn, a random reservoir, is not trained.",
        ),
    ] = None,
    initialisations: Annotated[
        Any,
        _list_of(
            one_of(*INITIALISATIONS),
            "Of orthogonal, identity, normal (default: all; with --task that for the rnn only).",
        ),
    ] = None,
    rnn: Annotated[RNNConfig, Defaults(NETWORK), Only("hidden", "forget_bias")],
    echo: Annotated[EchoStateConfig, Defaults(RESERVOIR), Only("spectral_radius", "leak")],
    length: Annotated[int, _count("How many steps back, at most.")] = 100,
    sequences: Annotated[int, _count("Sequences or texts of which the mean is taken.")] = 10,
    input_scale: Annotated[
        float,
        number_option(
            "Standard deviation of what is read; that of new embeddings is 0.1.",
            kind=float,
            low=0.0,
        ),
    ] = 0.1,
    text_column: TextGiven = None,
    text: Annotated[TextConfig, Only("encoding", "errors")],
    lengths: Annotated[
        Any, _list_of(number(int, 1), "With --task: how long (default: 100).")
    ] = None,
    clip: Annotated[
        Any,
        _list_of(
            number(float, 0.0), "With --task: cut longer gradients; 0 cuts none (default: 1)."
        ),
    ] = None,
    seeds: Annotated[int, _count("With --task: trainings of each kind.")] = 1,
    trial: Annotated[TrialConfig, Only("steps", "batch_size", "lr", "seed")],
    picture: Annotated[
        Path | None, value_option("FILE", "PNG, SVG or PDF (default: grad-flow.png; - for none).")
    ] = None,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Show how gradients vanish or explode.

    That is the norm of dh_T/dh_t over the lag T - t: the spectral norm of exact products of
    Jacobians, a geometric mean over sequences; the half-life is in how many steps it halves. For an
    LSTM "h" holds the memory c at t, and "h, c" is the whole state. The radius of an esn is that of
    (1 - leak) I + leak W. With --model it is a trained model on texts. With --task cells are
    trained on the adding problem, copy memory or temporal order: how far can they remember?

    Examples:
      textseq grad-flow
      textseq grad-flow --cells rnn,esn --spectral-radius 1.1 --leak 1
      textseq grad-flow --cells lstm --forget-bias 3 --picture lstm.svg
      textseq grad-flow --model ./textseq-classifier reviews.txt
      textseq grad-flow --task adding --lengths 50,100 --cells rnn,lstm
    """
    if model is not None and task is not None:
        raise bad("give --model or --task, not both")
    use = _MODEL if model is not None else _TASK if task is not None else _NEW
    _check_use(context, use)
    _check_cells(context, use, cells or CELLS)
    place = _picture_place(picture, force=force, quiet=quiet)
    draw: Callable[[Path], None]
    if task is not None:
        kinds = _kinds(cells, initialisations)
        draw = _task(task, kinds, lengths or (100,), clip or (1.0,), seeds, rnn, trial,
                     json=json, quiet=quiet)  # fmt: skip
    elif model is not None:
        draw = _model(model, files, text_column, text, length, sequences, json=json)
    else:
        chosen = cells or CELLS, initialisations or INITIALISATIONS
        draw = _new(*chosen, rnn, echo, length, sequences, input_scale, trial.seed,
                    json=json, quiet=quiet)  # fmt: skip
    if place is not None:
        draw(place)
        if not quiet:
            say(f"{place} shows it")


# ---- what fits together


def _check_use(context: typer.Context, use: str) -> None:
    """A wrong use for an option that was given and means nothing here."""
    for name, uses in _USES.items():
        if use not in uses and was_given(context, name):
            # An argument that is not there has no default either.
            if name == "files" and not context.params.get("files"):
                continue
            fits = f"goes with {' or '.join(uses)}" if use == _NEW else f"does not go with {use}"
            raise bad(f"{_FLAGS.get(name, kebab(name))} {fits}")


def _check_cells(context: typer.Context, use: str, cells: tuple[str, ...]) -> None:
    """A wrong use for options of a reservoir without one, or of trained cells without any."""
    if use == _TASK and ECHO in cells:
        raise bad(f"--cells {ECHO} is not trained; {_TASK} goes with {', '.join(CELLS)}")
    fits = {"spectral_radius": ECHO in cells, "leak": ECHO in cells}
    fits |= dict.fromkeys(("initialisations", "forget_bias"), cells != (ECHO,))
    for name, fit in fits.items():
        if not fit and was_given(context, name):
            of = ", ".join(CELLS) if name not in ("spectral_radius", "leak") else ECHO
            raise bad(f"{kebab(name)} goes with --cells {of}")


def _picture_place(picture: Path | None, *, force: bool, quiet: bool) -> Path | None:
    """Where the picture goes, None for nowhere; what would be refused later is refused now."""
    from textseq.pictures.figure import check_picture

    if str(picture) == "-":
        return None
    place = picture or PICTURE
    try:
        check_picture(place)
    except ModuleNotFoundError as error:
        if picture is not None:
            raise
        if not quiet:
            say(f"textseq: no picture: {error}")
        return None
    if place.is_dir():
        raise bad(f"{place} is a folder; give the name of a file")
    if place.exists() and not force:
        raise FileExistsError(f"{place} exists already; --force replaces it")
    if not place.absolute().parent.is_dir():
        raise FileNotFoundError(f"there is no folder {place.parent} for {place.name}")
    return place


# ---- the three uses: each shows its numbers and returns what draws them


def _new(
    cells: tuple[str, ...],
    initialisations: tuple[Initialisation, ...],
    rnn: RNNConfig,
    echo: EchoStateConfig,
    length: int,
    sequences: int,
    input_scale: float,
    seed: int,
    *,
    json: bool,
    quiet: bool,
) -> Callable[[Path], None]:
    """Layers before any training, on random sequences."""
    from textseq.rnn.gradients.gradient_flow import initial_flow

    panels: Panels = {}
    # The usual reservoir has so many weights at each unit; a small one has no fewer.
    density = min(1.0, max(echo.density, echo.units * echo.density / rnn.hidden))
    reservoir = echo.replace(units=rnn.hidden, density=density)
    kinds: list[tuple[str, str, RNNConfig | EchoStateConfig]] = []
    for cell in cells:
        if cell == ECHO:
            kinds.append((cell, "random", reservoir))
        else:
            kinds += [
                (cell, how, rnn.replace(cell=cell, initialisation=how)) for how in initialisations
            ]
    with Meter("flow", quiet=quiet) as meter:
        for done, (cell, how, config) in enumerate(kinds):
            meter.update(done, len(kinds), f"{cell}, {how}")
            panels.setdefault(cell, {})[how] = initial_flow(
                config, length, n_sequences=sequences, input_scale=input_scale, seed=seed
            )
    head: dict[str, Any] = {
        "hidden": rnn.hidden, "forget_bias": rnn.forget_bias, "length": length,
        "sequences": sequences, "input_scale": input_scale, "seed": seed,
    }  # fmt: skip
    if ECHO in cells:
        head |= {name: getattr(reservoir, name) for name in ("spectral_radius", "leak", "density")}
    return _show(panels, head, "initialisation", json=json)


def _model(
    folder: Path,
    files: list[str] | None,
    text_column: Any,
    text: TextConfig,
    length: int,
    sequences: int,
    *,
    json: bool,
) -> Callable[[Path], None]:
    """A trained layer, on texts."""
    from textseq.rnn.gradients.first_layer import cell_of, model_flow

    pipeline = load_pipeline(folder, "cpu")
    model = pipeline.model
    cell = cell_of(model)
    if files:
        items = input_reader(pipeline, {"text": text_column}, text)(files)
    else:
        items = _bundled_items(pipeline)
    flows = model_flow(model, items, sequences, length)
    n = int(next(iter(flows.values())).n[0])
    head = {"model": str(folder), "task": model.task, "length": length, "texts": n}
    return _show({cell: flows}, head, "direction", json=json)


def _bundled_items(pipeline: Pipeline[Any]) -> Iterable[Any]:
    """Texts of the bundled data that such a model is trained on."""
    name = next(iter(pipeline.bundled), pipeline.bundled_text)
    if not name:
        task = with_article(pipeline.model.task)
        raise bad(f"FILES are due: no texts for {task} come with textseq")
    return pipeline.read_inputs([str(bundled(name.format("heldout")))])


def _show(panels: Panels, head: dict[str, Any], line: str, *, json: bool) -> Callable[[Path], None]:
    from textseq.rnn.gradients.gradient_picture import draw_flow

    if json:
        flows_json(panels, head, line)
    else:
        flows_table(panels, line)
    return lambda place: draw_flow(panels, place)


def _kinds(cells: Any, initialisations: Any) -> list[tuple[Cell, Initialisation]]:
    """Cells and how they begin: those with gates by default as they always do."""
    from textseq.rnn.layers.cells import RECURRENT_CELLS

    def usual(cell: Cell) -> tuple[Initialisation, ...]:
        return (RNNConfig().initialisation,) if RECURRENT_CELLS[cell].gates > 1 else INITIALISATIONS

    return [(cell, how) for cell in cells or CELLS for how in initialisations or usual(cell)]


def _task(
    task: str,
    kinds: list[tuple[Cell, Initialisation]],
    lengths: tuple[int, ...],
    clips: tuple[float, ...],
    seeds: int,
    rnn: RNNConfig,
    trial: TrialConfig,
    *,
    json: bool,
    quiet: bool,
) -> Callable[[Path], None]:
    """Trainings on a synthetic task, one after the other; each is told of when it is done."""
    from textseq.rnn.gradients.gradient_picture import draw_trials
    from textseq.rnn.gradients.memory_trial import run_trial
    from textseq.rnn.gradients.synthetic_tasks import find_synthetic_task

    for length in lengths:
        find_synthetic_task(task).check(length)
    runs = list(product(kinds, lengths, clips, range(trial.seed, trial.seed + seeds)))
    trials: list[Trial] = []
    with Meter(task, quiet=quiet) as meter:
        for (cell, how), length, clip, seed in runs:
            name = f"{cell} {how}, length {length}, clip {clip:g}, seed {seed}"

            def update(step: int, error: float, name: str = name) -> None:
                done = len(trials) + step / trial.steps
                meter.update(done, len(runs), f"{name}: step {step:,}  error {error:.4f}")

            of_kind = rnn.replace(cell=cell, initialisation=how)
            of_run = trial.replace(clip_norm=clip, seed=seed)
            trials.append(run_trial(task, length, of_kind, of_run, progress=update))
    if json:
        head = {"hidden": rnn.hidden, "forget_bias": rnn.forget_bias, "steps": trial.steps}
        head |= {"batch_size": trial.batch_size, "lr": trial.lr}
        trials_json(trials, head)
    else:
        trials_table(trials, find_synthetic_task(task).error)
    return lambda place: draw_trials(trials, place)
