"""The rules of the house, read from the source with `ast` and seen in whole processes."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import textseq
from textseq.text.vocab import Vocab
from textseq.vectors.word_vectors import WordVectors

PACKAGE = Path(textseq.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
# From below: a room may import the rooms of lower floors, never a higher or the same one.
FLOORS = (
    {"advice", "keywords"},
    {"config"},
    {"extras"},
    {"locks", "stopping"},
    {"unfinished"},
    {"artifact", "leftovers", "arrays", "bundled", "pace", "packing", "ray_cluster"},
    {"fetch"},
    {"text"},
    {"pictures"},
    {"vectors"},
    {"word2vec", "rnn"},
    {"compat"},
    {"cli"},
    {"__main__"},
)
HEAVY = {"torch", "triton", "datasets", "tokenizers", "rich", "pandas", "numba", "pyarrow"}
HEAVY |= {"scipy", "ftfy", "selectolax", "mwparserfromhell", "datasketch", "kiwipiepy", "ray"}
HEAVY |= {"matplotlib", "openTSNE", "sklearn", "umap", "faiss", "huggingface_hub", "sentencepiece"}
PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}


# What loads or saves arrays says that it is no pickle.
SAFE_LOADING = {
    f"{numpy}.{function}": ("allow_pickle", "False")
    for numpy in ("np", "numpy")
    for function in ("load", "save")
} | {"torch.load": ("weights_only", "True")}


parsed = cache(ast.parse)


def name_of(path: Path) -> str:
    """textseq/text/vocab.py -> text.vocab; textseq/__init__.py -> "" ."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def imports(source: str, module: str, *, is_package: bool = False) -> Iterator[str]:
    """Every module that is imported, wherever the import stands; `textseq.` is kept."""
    here = f"textseq.{module}".rstrip(".").split(".")
    here = here if is_package else here[:-1]
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = here[: len(here) - node.level + 1] if node.level else []
            start = ".".join([*above, *([node.module] if node.module else [])])
            # `from textseq import text` imports a room, `from textseq.text import vocab` a file.
            yield from (f"{start}.{alias.name}" for alias in node.names)


def broken_floors(source: str, module: str, *, is_package: bool = False) -> list[str]:
    room = module.split(".")[0]
    broken = []
    for imported in imports(source, module, is_package=is_package):
        first, _, rest = imported.partition(".")
        if first != "textseq" or rest in ("", "__version__"):
            continue
        other = rest.split(".")[0]
        known = any(other in rooms for rooms in FLOORS)
        if other != room and not (known and floor(other) < floor(room)):
            broken.append(imported)
    return broken


@cache
def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Each call, with the name of what is called."""
    nodes = ast.walk(parsed(read(path)))
    return [(dotted(node.func), node) for node in nodes if isinstance(node, ast.Call)]


def dotted(node: ast.expr) -> str:
    """`np.load` as it stands; "" for what is no name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def found_in(rule: Callable[[Path], object], paths: Iterable[Path] = MODULES) -> dict[str, object]:
    """What a rule finds fault with, by module."""
    found = {name_of(path): rule(path) for path in paths}
    return {module: wrong for module, wrong in found.items() if wrong}


def test_imports_go_down_the_floors():
    assert MODULES[0] == PACKAGE / "__init__.py"  # the front door names rooms of all floors

    def broken(path: Path) -> list[str]:
        return broken_floors(read(path), name_of(path), is_package=path.stem == "__init__")

    assert found_in(broken, MODULES[1:]) == {}


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from textseq.vectors.word_vectors import WordVectors", "text.vocab"),
        ("def f():\n    import textseq.rnn.models.model", "word2vec.train"),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from textseq import cli",
            "rnn.x",
        ),
        ("from ..vectors import formats", "text.vocab"),
        ("from textseq import Vocab", "vectors.formats"),
        ("from textseq.bundled import bundled", "artifact"),
    ],
)
def test_the_test_of_floors_sees(source: str, module: str):
    assert broken_floors(source, module)


def test_the_test_of_floors_lets_pass():
    source = "from textseq import __version__\nfrom . import pairs\nfrom textseq.text import vocab"
    assert broken_floors(source, "vectors.formats") == []


# The floors inside rooms, from below: folders, and files beside them by their own names. Those of
# one floor do not import each other.
INNER_FLOORS = {
    "text": (
        "given notices", "hash_tables", "vocab", "cleaning tokens reading", "text_options",
        "encoded", "scan rows encode_tokens", "encode", "ray_encode",
    ),
    "vectors": (
        "rows ngrams principal", "search", "questions", "word_vectors",
        "subword_vectors preparation",
        "text_vectors word_movers", "files", "scores", "comparison", "show",
    ),
    "rnn": (
        "data", "scores", "layers", "models", "training", "echo", "show", "gradients", "tasks",
    ),
}  # fmt: skip
INNER = [path for room in INNER_FLOORS for path in sorted((PACKAGE / room).rglob("*.py"))]


def broken_inner_floors(source: str, module: str) -> list[str]:
    room, here = module.split(".")[:2]
    floors = {
        name: number for number, names in enumerate(INNER_FLOORS[room]) for name in names.split()
    }
    broken = []
    for imported in imports(source, module):
        _, within, *rest = [*imported.split("."), ""]
        other = rest[0] if within == room and imported.startswith("textseq.") else ""
        if other not in ("", here) and floors[other] >= floors[here]:
            broken.append(imported)
    return broken


def test_imports_go_down_the_floors_inside_rooms():
    inner = [path for path in INNER if name_of(path) not in INNER_FLOORS]  # not the room's own file
    assert found_in(lambda path: broken_inner_floors(read(path), name_of(path)), inner) == {}


@pytest.mark.parametrize(
    ("source", "module"),
    [
        ("from textseq.rnn.models.model import SequenceModel", "rnn.layers.cells"),
        ("def f():\n    from textseq.text.encode import encode_lines", "text.given"),
        ("from textseq.text.cleaning import steps", "text.reading.corpus"),
        ("from textseq.text.given import as_items", "text.notices"),
    ],
)
def test_the_test_of_inner_floors_sees(source: str, module: str):
    assert broken_inner_floors(source, module)


def arrows() -> dict[str, set[str]]:
    """Each module with those that it imports, wherever the import stands."""
    names = {name_of(path): path for path in MODULES[1:]}  # the front door names all
    found: dict[str, set[str]] = {name: set() for name in names}
    for name, path in names.items():
        for imported in imports(read(path), name, is_package=path.stem == "__init__"):
            target = imported.removeprefix("textseq.")
            while target and target not in names:  # a name in a module, a module in a package
                target = target.rpartition(".")[0]
            found[name] |= {target} - {"", name}
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """The sets of modules that import each other, directly or not."""

    def behind(name: str) -> set[str]:
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            new = graph[waiting.pop()] - seen
            seen |= new
            waiting += new
        return seen

    reached = {name: behind(name) for name in graph}
    found = {
        tuple(sorted(other for other in reached[name] if name in reached[other]))
        for name in graph
        if name in reached[name]
    }
    return sorted(map(list, found))


def test_no_modules_import_each_other():
    assert circles(arrows()) == []


def test_the_test_of_circles_sees():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}
    assert circles(graph) == [["b", "c"]]


def test_a_module_says_what_it_is():
    def is_silent(path: Path) -> bool:
        text = ast.get_docstring(parsed(read(path))) or ""
        # In, out, what it does not do: of more than a line, but for the front of a room.
        return not text.strip() or (path.stem != "__init__" and "\n" not in text)

    assert found_in(is_silent) == {}


def test_only_the_command_line_prints():
    def printed(path: Path) -> list[str]:
        streams = [name for name in ("sys.stdout", "sys.stderr") if name in read(path)]
        return streams + [f"line {call.lineno}" for name, call in calls(path) if name == "print"]

    library = [path for path in MODULES if name_of(path).split(".")[0] != "cli"]
    assert len(library) > 200
    assert found_in(printed, library) == {}


def test_nothing_is_pickled():
    def pickled(path: Path) -> list[str]:
        imported = {name.split(".")[0] for name in imports(read(path), name_of(path))}
        found = sorted(imported & PICKLES)
        for name, call in calls(path):
            needed = SAFE_LOADING.get(name)
            words = {word.arg: ast.unparse(word.value) for word in call.keywords}
            if needed is not None and words.get(needed[0]) != needed[1]:
                found.append(f"line {call.lineno}")
        return found

    assert found_in(pickled) == {}


# ---- what is loaded, and when


def loaded_by(code: str) -> set[str]:
    """The top-level modules in memory after this code, in a process of its own."""
    code += "\nimport sys; sys.stderr.write(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.split(".")[0] for name in done.stderr.split()}


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "vectors"
    WordVectors(Vocab(["king", "queen"], specials=()), np.eye(2, dtype=np.float32)).save(path)
    return path


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["nearest", "king"], ["similarity", "king", "queen"], ["train-w2v", "--help"]],
    ids=" ".join,
)
def test_commands_load_nothing_heavy(vectors: Path, arguments: list[str]):
    if "--help" not in arguments:
        arguments = [*arguments, "--vectors", str(vectors)]
    loaded = loaded_by(f"from textseq.cli.app import main; assert main({arguments!r}) == 0")
    assert not loaded & HEAVY
    assert "numpy" in loaded or "--help" in arguments


def test_import_textseq_loads_nothing():
    loaded = loaded_by("import textseq")
    assert not loaded & (HEAVY | {"numpy", "typer"})


# ---- public names


def test_public_names_are_one_list():
    assert dir(textseq) == textseq.__all__ == sorted(textseq._HOMES)
    # What type checkers are told is what __getattr__ does.
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    told = {
        alias.asname: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert told == textseq._HOMES


def test_public_names_are_there():
    for name, home in textseq._HOMES.items():
        assert getattr(textseq, name) is getattr(importlib.import_module(home), name)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="has no attribute 'Vocabulary'"):
        _ = textseq.Vocabulary  # type: ignore[attr-defined]
