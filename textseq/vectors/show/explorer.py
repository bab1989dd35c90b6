"""The explorer: a model as one HTML page that needs no network.

In: WordVectors, how many of their words, how they are projected. Out: the text of the page, or a
file. Neighbours are those of the whole vectors, exact; where words stand is only a picture.
The page itself is explorer.html, explorer.css and three explorer_*.js.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from base64 import b64encode
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from textseq.config import ExplorerConfig, ProjectionConfig
from textseq.vectors.files.vector_file import new_file
from textseq.vectors.principal import principal_components
from textseq.vectors.show.clusters import cluster
from textseq.vectors.show.neighbour_graph import NeighbourGraph, neighbour_graph
from textseq.vectors.show.projection import project
from textseq.vectors.word_vectors import WordVectors

PROJECTION = ProjectionConfig(method="tsne")  # keeps most neighbours, see results/explore.txt
_SCRIPTS = ("explorer_map.js", "explorer_moves.js", "explorer_panel.js")
_ENDINGS = (".html", ".htm")
_ANALOGY_BYTES = 6_400_000  # of vectors on a page, before base64: 128 dimensions of 50,000 words
_NAME_WORDS = 3  # that name a group
_LONGEST_NAME = 40  # characters of a word in a name


def check_page(path: str | os.PathLike[str]) -> None:
    """ValueError for a name that does not end in .html."""
    if Path(path).suffix.lower() not in _ENDINGS:
        raise ValueError(f"{path} does not end in .html")


def write_explorer(
    vectors: WordVectors,
    path: str | os.PathLike[str],
    config: ExplorerConfig | None = None,
    projection: ProjectionConfig = PROJECTION,
    *,
    title: str = "word vectors",
    overwrite: bool = False,
) -> None:
    """Write the page, whole or not at all; FileExistsError if it is there already."""
    check_page(path)
    with new_file(Path(path), overwrite=overwrite) as file:
        page = make_page(vectors, config, projection, title=title)
        file.write(page.encode("utf-8", "replace"))  # half of a surrogate pair is no text


def make_page(
    vectors: WordVectors,
    config: ExplorerConfig | None = None,
    projection: ProjectionConfig = PROJECTION,
    *,
    title: str = "word vectors",
) -> str:
    """The page of the most frequent words; ValueError for fewer words than the method needs."""
    config = config or ExplorerConfig()
    vectors = vectors.first(config.words)
    units = vectors.units(slice(None))
    k = config.neighbours
    # t-SNE looks at 3 times the perplexity, UMAP at its own number: one search serves all.
    wanted = {
        "pca": 0,
        "tsne": round(3 * projection.perplexity),
        "umap": projection.umap_neighbours,
    }
    graph = neighbour_graph(units, max(k, wanted[projection.method]))
    places = _in_unit_square(project(units, projection, graph=graph))
    groups = cluster(units, config.clusters, projection.seed)
    quantised = _quantised(units) if config.analogies else None
    named = _named(vectors.vocab.tokens, units, places, groups)
    return _page(vectors, title, graph, k, places, groups, named, quantised, projection.method)


def _in_unit_square(places: NDArray[np.float32]) -> NDArray[np.float32]:
    """The same picture with its longer side from 0 to 1, and in the middle."""
    low, high = places.min(axis=0), places.max(axis=0)
    square: NDArray[np.float32] = (places - (low + high) / 2) / (high - low).max()
    square += 0.5
    return square


def _quantised(units: NDArray[np.float32]) -> tuple[NDArray[np.int8], int]:
    """The vectors at 8 or 4 bits a number, each at its own scale, and which of the two.

    Half as many bits lose less than half as many dimensions, which are cut only where 4 bits do
    not fit either.
    """
    n, dim = units.shape
    bits = 8 if n * dim <= _ANALOGY_BYTES else 4
    fits = max(2, 8 * _ANALOGY_BYTES // (bits * n))
    rows = units if dim <= fits else principal_components(units, fits, center=False)
    largest = np.abs(rows).max(axis=1, keepdims=True)
    top = 2 ** (bits - 1) - 1
    return np.rint(rows * (top / np.where(largest == 0, 1, largest))).astype(np.int8), bits


def _packed(quantised: NDArray[np.int8], bits: int) -> NDArray[Any]:
    """The numbers as bytes; of 4 bits two in a byte, plus 8, the first of them above."""
    if bits == 8:
        return quantised
    flat = (quantised.ravel() + 8).astype(np.uint8)
    flat = np.append(flat, np.zeros(len(flat) % 2, np.uint8))
    return flat[::2] << 4 | flat[1::2]


def _page(
    vectors: WordVectors,
    title: str,
    graph: NeighbourGraph,
    k: int,
    places: NDArray[np.float32],
    groups: NDArray[np.intp],
    groups_named: list[dict[str, Any]],
    quantised: tuple[NDArray[np.int8], int] | None,
    method: str,
) -> str:
    n = len(vectors)
    is_wide = n > 1 << 16
    ids, cosines = graph.ids[:, :k], graph.cosines[:, :k]
    dim, bits = (0, 0) if quantised is None else (quantised[0].shape[1], quantised[1])
    note = f"{n:,} words of dimension {vectors.dim}, {method}. "
    note += "Neighbours come from the whole vectors; distances on the map are only a picture. "
    if dim:
        note += f"Analogies come from {dim} dimensions at {bits} bits."
    meta = {
        "words": vectors.vocab.tokens,
        "groups": groups_named,
        "k": ids.shape[1], "dim": dim, "bits": bits, "wide": is_wide, "note": note,
    }  # fmt: skip
    arrays: dict[str, NDArray[Any]] = {
        "places": np.rint(places * 65535).astype("<u2"),
        "groups": groups.astype(np.uint8),
        "neighbours": ids.astype("<u4" if is_wide else "<u2"),
        "cosines": np.rint(cosines * 32767).astype("<i2"),
    }
    data = [_data("meta", "application/json", _json(meta))]
    data += [_array(name, array) for name, array in arrays.items()]
    vectors_data = "" if quantised is None else _array("vectors", _packed(*quantised))
    style = _asset("explorer.css")
    script = "\n".join(map(_asset, _SCRIPTS))
    policy = (
        f"default-src 'none'; script-src {_digest(script)}; style-src {_digest(style)}; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {
        "policy": policy, "title": escape(title), "style": style, "script": script,
        "data": "\n".join(data), "vectors": vectors_data,
    }  # fmt: skip
    # One pass: what is put in is not looked at again.
    return re.sub(r"\{\{(\w+)\}\}", lambda found: parts[found[1]], _asset("explorer.html"))


def _named(
    words: list[str],
    units: NDArray[np.float32],
    places: NDArray[np.float32],
    groups: NDArray[np.intp],
) -> list[dict[str, Any]]:
    """Each group's name, the middle of its places, and how many words it has.

    The name is the most frequent words of the quarter that is nearest to the middle of the group's
    directions, compared with that of any other group; those with a letter or digit first.
    """
    n_groups = int(groups.max()) + 1
    centers = np.array([units[groups == group].mean(axis=0) for group in range(n_groups)])
    lengths = np.linalg.norm(centers, axis=1, keepdims=True)
    cosines = units @ (centers / np.where(lengths == 0, 1, lengths)).T
    named = []
    for group in range(n_groups):
        rows = np.flatnonzero(groups == group)
        own, others = cosines[rows, group], np.delete(cosines[rows], group, axis=1)
        lead = own - others.max(axis=1, initial=-1)
        typical = rows[lead >= np.quantile(lead, 0.75)].tolist()
        typical.sort(key=lambda row: not any(map(str.isalnum, words[row])))
        x, y = np.median(places[rows], axis=0).tolist()
        name = " · ".join(words[row][:_LONGEST_NAME] for row in typical[:_NAME_WORDS])
        named.append({"name": name, "x": x, "y": y, "n": len(rows)})
    return named


def _json(value: Any) -> str:
    """JSON that no HTML parser takes for anything else: < and > are written as escapes."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _array(name: str, array: NDArray[Any]) -> str:
    return _data(name, "application/octet-stream", b64encode(array.tobytes()).decode())


def _data(name: str, kind: str, text: str) -> str:
    return f'<script type="{kind}" id="data-{name}">{text}</script>'


def _asset(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """What a policy calls the one script or style that may run."""
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
