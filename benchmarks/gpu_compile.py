"""What does the GPU kernel ask of a multiprocessor? Compiled ahead of time; no GPU is needed.

In: the Triton kernel of word2vec. Out: for each mode and vector length the registers a thread, the
bytes that spill from them, the shared memory of a program, and how many matrix instructions, wide
loads and wide additions there are. Of speed it says nothing: that is `gpu.py`'s, on a GPU.

    python benchmarks/gpu_compile.py [--capability 90] [--write]
"""

from __future__ import annotations

import argparse
import re
import subprocess
import tempfile
from pathlib import Path
from typing import Any, get_args

import numpy as np
import report
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from textseq.config import Mode, Word2VecConfig
from textseq.word2vec.kernels.gpu import padded, part_of, stages_of
from textseq.word2vec.kernels.gpu_tiles import train_tiles
from textseq.word2vec.objectives import find_objective
from textseq.word2vec.sampling import Sampler
from textseq.word2vec.tile import Tile

TYPES = {
    "w_in": "*fp32", "w_out": "*fp32", "part_in": "*fp32", "part_out": "*fp32",
    "word_id": "*i32", "pos": "*i64", "low": "*i32",
    "high": "*i32", "first": "*i32", "end": "*i32", "lr": "*fp32", "n_kept": "i32",
    "n_tiles": "i32", "threshold": "*i64", "alias": "*i32", "n_words": "i32",
    "noise_key": "*i64", "share": "fp32", "loss": "*fp32", "pairs": "*i32",
}  # fmt: skip
# Counts as in English text, which decide the tile.
ENGLISH = np.concatenate([[0, 0], 1_000_000 // np.arange(1, 100_001)])
# All arrays begin at multiples of 16 bytes: torch sees to it.
ALIGNED = [name for name, kind in TYPES.items() if kind.startswith("*")]


def compiled(config: Word2VecConfig, capability: int, warps: int, precision: str) -> Any:
    """The kernel for these options."""
    sampler = Sampler.from_counts(ENGLISH, 2, config)
    tile, dim = Tile.choose(config, sampler), -(-config.dim // 16) * 16
    constants = {
        "CBOW": find_objective(config).averages, "EXACT": False, "WINDOW": config.window,
        "K": tile.negatives, "D": dim, "RB": padded(tile.centers + 2 * config.window),
        "TB": padded(tile.centers), "KB": padded(tile.negatives), "BD": part_of(dim),
        "PRECISION": precision,
    }  # fmt: skip
    names = train_tiles.arg_names
    source = ASTSource(
        train_tiles,
        signature=TYPES | dict.fromkeys(constants, "constexpr"),
        constexprs={(names.index(name),): value for name, value in constants.items()},
        attrs={(names.index(name),): [["tt.divisibility", 16]] for name in ALIGNED},
    )
    target = GPUTarget("cuda", capability, 32)
    options = {"num_warps": warps, "num_stages": stages_of(dim), "enable_fp_fusion": True}
    return triton.compile(source, target=target, options=options)


def resources(kernel: Any) -> tuple[int, int]:
    """Registers a thread, and bytes of its stack: what spilled from registers."""
    tool = Path(triton.__file__).parent / "backends" / "nvidia" / "bin" / "cuobjdump"
    with tempfile.TemporaryDirectory() as folder:
        cubin = Path(folder) / "kernel.cubin"
        cubin.write_bytes(kernel.asm["cubin"])
        shown = subprocess.run(
            [tool, "-res-usage", cubin], capture_output=True, text=True, check=True
        ).stdout
    found = re.search(r"REG:(\d+) STACK:(\d+)", shown)
    assert found is not None, shown
    return int(found[1]), int(found[2])


def row(config: Word2VecConfig, capability: int, warps: int, precision: str) -> str:
    kernel = compiled(config, capability, warps, precision)
    registers, stack = resources(kernel)
    ptx = kernel.asm["ptx"]
    counts = [
        len(re.findall(pattern, ptx))
        for pattern in (r"\bw?g?mma\.", r"ld\.global[^;]*v4", r"(?:red|atom)\.[^;]*v4")
    ]
    return (
        f"{config.mode:9} {config.dim:4} {warps:6} {precision:7} {registers:10} {stack:7} "
        f"{kernel.metadata.shared:8,} {counts[0]:5} {counts[1]:10} {counts[2]:14}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--capability", type=int, default=90, help="90 is an H100 or H200")
    report.add_write_option(parser, "gpu-compile.txt")
    options = parser.parse_args()
    lines = [
        report.head(["triton", "numpy"]),
        "",
        f"compute capability {options.capability / 10}, window 5, 5 negatives, tiles by default; "
        "compiled only, no GPU was used",
        "",
        "mode       dim  warps precision registers spilled   shared   mma wide loads  wide adds",
    ]
    for mode in get_args(Mode):
        for dim in (100, 128, 300):
            for warps in (4, 8):
                config = Word2VecConfig(mode=mode, dim=dim)
                lines.append(row(config, options.capability, warps, "tf32"))
    report.publish("\n".join(lines), "gpu-compile.txt", write=options.write)


if __name__ == "__main__":
    main()
