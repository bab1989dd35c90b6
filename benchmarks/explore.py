"""How long does `textseq explore` take, how large is the page, and how fluently does it move?

In: a folder or file of word vectors. Out: the time of each part; what each projection keeps of the
neighbours (the share of a word's 10 nearest that are among the 50 nearest on the plane) and takes;
what the page's few-bit vectors keep; and, with playwright and a Chromium, when the first picture is
there and how long the frames of a scripted pan and zoom take. UMAP and PaCMAP are compared where
they are installed. CPU seconds are those of all threads together
and say more than the clock where other work runs. `--write` keeps it in results/explore.txt.
"""

from __future__ import annotations

import argparse
import base64
import os
import re
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import report
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from screenshots import chromium, time_frames

from textseq.cli.folders import load_vectors
from textseq.config import ExplorerConfig, ProjectionConfig
from textseq.vectors.principal import principal_components
from textseq.vectors.show.explorer import _quantised, write_explorer
from textseq.vectors.show.neighbour_graph import NeighbourGraph, neighbour_graph
from textseq.vectors.show.projection import project

SAMPLE = 2000  # words of which neighbours are compared


def kept(places: NDArray[np.float32], ids: NDArray[Any]) -> float:
    """The share of the 10 nearest that are among the 50 nearest places, of some words."""
    words = np.random.default_rng(0).choice(len(places), min(SAMPLE, len(places)), replace=False)
    _, near = cKDTree(places).query(places[words], 51)  # itself among them
    true = ids[words, :10]
    return float(np.mean([np.isin(*both).mean() for both in zip(true, near, strict=True)]))


def timed(work: Callable[[], Any]) -> tuple[Any, str]:
    """What it gives, and its seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = work()
    seconds = time.perf_counter() - wall, time.process_time() - cpu
    return found, f"{seconds[0]:.1f} s ({seconds[1]:.1f} s of CPU)"


def project_by(
    method: str, units: NDArray[np.float32], graph: NeighbourGraph
) -> NDArray[np.float32]:
    """Places by one of our methods, or by PaCMAP."""
    if method != "pacmap":
        return project(units, ProjectionConfig(method=method), graph=graph)
    from pacmap import PaCMAP

    ids = graph.ids[:, :10]
    pairs = np.stack([np.repeat(np.arange(len(ids)), 10), ids.ravel()], axis=1).astype(np.int32)
    model = PaCMAP(random_state=1, pair_neighbors=pairs, apply_pca=False)
    return np.asarray(model.fit_transform(principal_components(units, 50), init="pca"))


def on_page(page: str, name: str, kind: str) -> NDArray[Any]:
    """An array of a page."""
    found = re.search(f'id="data-{name}">([^<]*)<', page)
    assert found
    return np.frombuffer(base64.b64decode(found[1]), kind)


def main() -> None:
    parser = argparse.ArgumentParser(description="Time textseq explore.")
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--words", type=int, default=50_000, help="at most 65,536")
    parser.add_argument("--methods", default="pca,umap,pacmap")
    report.add_write_option(parser, "explore.txt")
    options = parser.parse_args()
    report.require_green("tests/vectors/show/test_neighbour_graph.py")
    files = [report.RESULTS / "explore.txt"] if options.write else []
    results = report.Results(files, minutes=20)
    packages = ["numpy", "openTSNE", "umap-learn", "pacmap", "playwright"]
    results.add(report.head(packages), f"load when it began: {os.getloadavg()[0]:.1f}")
    vectors = load_vectors(options.vectors).first(options.words)
    results.add(f"vectors: {len(vectors):,} words of dim {vectors.dim}", "")

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        _, seconds = timed(
            lambda: write_explorer(vectors, path, ExplorerConfig(words=options.words))
        )
        page = path.read_text(encoding="utf-8")
        results.add(f"page: {path.stat().st_size / 1e6:.1f} MB, made in {seconds}")
        with suppress(ModuleNotFoundError, RuntimeError), chromium() as browser:
            results.add(*time_frames(browser, path))
    ids = on_page(page, "neighbours", "<u2").reshape(len(vectors), -1)
    places = on_page(page, "places", "<u2").reshape(-1, 2) / np.float32(65535)
    results.add("", "kept of the neighbours, and the time of a projection when they are known:")
    results.add(f"tsne, as on the page: {kept(places, ids):.1%}")
    units = vectors.units(slice(None))
    graph, seconds = timed(lambda: neighbour_graph(units, 30))
    for method in options.methods.split(","):

        def measured(method: str = method) -> str:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                few = units[:500]
                project_by(method, few, neighbour_graph(few, 30))  # compiles
                found, seconds = timed(lambda: project_by(method, units, graph))
            return f"{kept(found, ids):.1%} in {seconds}"

        results.measure_line(method, measured)
    results.add(f"the exact 30 nearest of each word: {seconds}")
    rows, bits = _quantised(units)  # as on the page
    quantised = rows.astype(np.float32)
    quantised /= np.maximum(np.linalg.norm(quantised, axis=1, keepdims=True), 1)
    near = neighbour_graph(quantised, 10).ids
    same = np.mean([np.isin(a, b).mean() for a, b in zip(near, ids, strict=True)])
    results.add(
        f"vectors on the page: {rows.shape[1]} dimensions at {bits} bits have {same:.1%} of the 10 "
        "nearest of the whole ones",
    )


if __name__ == "__main__":
    main()
