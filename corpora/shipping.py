"""From texts to the files that are shipped: written, or compared with what is there.

In: {file name: text}, as a generator makes it. Out: the files in a folder, those named .gz packed;
with --check only a line for each file that is missing or differs. Makes no text itself.
"""

import argparse
import gzip
import io
from collections.abc import Callable
from pathlib import Path


def compress(text: str) -> bytes:
    """gzip without a time or a file name, so that the same text is the same file."""
    buffer = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=buffer, mtime=0) as file:
        file.write(text.encode())
    return buffer.getvalue()


def shipped(path: Path) -> str | None:
    """The text of a shipped file, None where there is none."""
    if not path.is_file():
        return None
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def write_or_check(
    make: Callable[[], dict[str, str]], script: str, arguments: list[str] | None = None
) -> int:
    """The whole command line of a generator; the exit code."""
    parser = argparse.ArgumentParser(description=f"Write or check the files of {script}.")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder")
    options = parser.parse_args(arguments)
    # Texts are compared, not compressed bytes: another zlib may pack the same text differently.
    texts = make()
    stale = [name for name, text in texts.items() if shipped(options.out / name) != text]
    if options.check:
        for name in stale:
            print(f"{name} is not what the generator makes; run: python corpora/{script}")
        return 1 if stale else 0
    for name in stale:
        data = compress(texts[name]) if name.endswith(".gz") else texts[name].encode()
        (options.out / name).write_bytes(data)
    for name, text in texts.items():
        size = (options.out / name).stat().st_size
        words = text.split()
        detail = f"{len(words):,} tokens, {len(set(words)):,} types" if ".gz" in name else ""
        print(f"{name:28} {size:>9,} bytes  {text.count(chr(10)):>7,} lines  {detail}".rstrip())
    return 0
