"""The command `clean`: text through the cleaning steps and filters, and what they did to it.

In: files, folders, patterns or standard input. Out: the lines that are left, in order, on stdout
or in a file; a report on stderr; or, in place of the text, a sample of lines before and after.
What the steps do is in text/cleaning/steps.py, what is counted in text/cleaning/report.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json as json_module
import os
import sys
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from textseq.cli.diff_display import diff_lines, heading
from textseq.cli.display import (
    Meter,
    data,
    duration,
    is_terminal,
    json_line,
    many,
    rate_line,
    say,
    table,
)
from textseq.cli.options import (
    Force,
    Json,
    Only,
    Quiet,
    TextFiles,
    bad,
    number_option,
    value_option,
)
from textseq.cli.reading import ShardOption, Threads, cleaner_of, inputs_of, reading
from textseq.config import FilterConfig, TextConfig, Unit, dumps, thread_count

if TYPE_CHECKING:
    from textseq.text.cleaning.report import CleaningReport
    from textseq.text.reading.sources import SourceReader, TextSource

_LINES_A_LOOK = 256  # at the progress
_BLOCK_BYTES = 1 << 20  # of a file: small, since `| head` waits for the first one


def clean(
    files: TextFiles = None,
    *,
    text: Annotated[TextConfig, Only("clean", "lowercase", "unit", "encoding", "errors")],
    filters: FilterConfig,
    out: Annotated[
        str, value_option("FILE", "Where the text goes; .gz: packed.", "--out", "-o")
    ] = "-",
    report: Annotated[
        bool, typer.Option("--report", help="Count on stderr what each step changed or dropped.")
    ] = False,
    report_json: Annotated[
        Path | None, value_option("FILE", "Write these counts, and samples, as JSON.")
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="Show changed lines before and after, not the text.")
    ] = False,
    samples: Annotated[
        int,
        number_option("Changed lines that --diff shows, and dropped ones for each reason.", low=0),
    ] = 10,
    list_steps: Annotated[
        bool, typer.Option("--list", help="List the cleaning steps, one a line.")
    ] = False,
    shard: ShardOption = None,
    threads: Threads = 0,
    json: Json = False,
    force: Force = False,
    quiet: Quiet = False,
) -> None:
    """Clean text, line for line, and filter its lines.

    With --unit file the steps and filters see whole files, which keep their lines: html and wiki
    markup often runs over several. Of duplicates the first stays. All blank lines stay, but they
    have 0 words (--min-words 1). Standard input is cleaned as it comes. Long work on files is
    shared by several processes, unless a report, a diff or JSON was asked for.

    Examples:
      textseq clean --clean nfkc,control,whitespace --lowercase page.txt
      zcat news.gz | textseq clean --min-words 3 --duplicates exact | less
      textseq clean --diff --samples 20 corpus/
      textseq clean corpus/ --duplicates near --out clean.txt.gz --report
      textseq clean --list
    """
    if list_steps:
        _list_steps(json)
        return
    from textseq.text.cleaning.report import CleaningReport, clean_lines
    from textseq.text.reading.corpus import read_units_of
    from textseq.text.reading.shards import shard_sources
    from textseq.text.reading.sources import SourceReader, find_sources

    if diff and out != "-":
        raise bad("--diff shows lines in place of the text; it leaves nothing for --out")
    if str(report_json) == "-" and out == "-":
        raise bad("--report-json - would stand in the text; give --out FILE, or --report --json")
    cleaner_of(text)  # an unknown step is a wrong option
    _check_free(out, report_json, force=force)
    sources = find_sources(inputs_of(files))
    if shard is not None:
        sources = shard_sources(sources, shard, text)
    counts = CleaningReport(samples) if report or report_json or diff else None
    # A bar and the text itself would spoil each other on one terminal.
    shows = is_terminal() and not (quiet or (out == "-" and not diff and sys.stdout.isatty()))
    if counts is None and not json and all(map(_is_file, sources)):
        pieces = _cleaned_files(sources, text, filters, thread_count(threads), show=shows)
        with contextlib.closing(pieces):
            _write(pieces, out, force=force)
        return
    read = SourceReader(sources)
    with _metered(read_units_of(read.each(), text), read, text.unit, show=shows) as units:
        lines = clean_lines(units, text.steps, filters, counts, keep_lines=True)
        if diff:
            for _ in lines:
                pass
        else:
            if json:
                lines = (json_module.dumps(line, ensure_ascii=False) for line in lines)
            _write((line + "\n" for line in lines), out, force=force)
    if counts is None:
        return
    if diff:
        _show_samples(counts, as_json=json, quiet=quiet)
    if report_json is not None:
        _write([dumps(_report(counts, filters))], str(report_json), force=force)
    if report:
        sys.stdout.flush()  # text before table, where both go to one place
        with contextlib.redirect_stdout(sys.stderr):  # tables are data, this one is a message
            if json:
                json_line(_report(counts, filters))
            else:
                _show_report(counts)


def _list_steps(json: bool) -> None:
    from textseq.text.cleaning.steps import STEPS

    if json:
        for name, step in STEPS.items():
            json_line({"name": name, "help": step.help})
    else:
        table([(name, step.help) for name, step in STEPS.items()], left=2)


def _check_free(out: str, report_json: Path | None, *, force: bool) -> None:
    """Refuse a name that is taken before the text is read, not after."""
    if out == "":
        raise bad("--out names no file; - is standard output")
    paths = [Path(out)] if out != "-" else []
    paths += [report_json] if report_json is not None and str(report_json) != "-" else []
    for path in paths:
        if path.is_dir():
            raise FileExistsError(f"{path} is a folder; name a file in it")
        if path.exists() and not force:
            raise FileExistsError(f"{path} exists already; choose another name or overwrite it")
    if len({os.path.realpath(path) for path in paths}) < len(paths):
        raise bad("--out and --report-json name the same file")


def _write(pieces: Iterable[str], out: str, *, force: bool) -> None:
    if out == "-":
        for piece in pieces:
            sys.stdout.write(piece)
        return
    from textseq.vectors.files.vector_file import new_file

    with new_file(Path(out), overwrite=force) as file:
        for piece in pieces:
            file.write(piece.encode("utf-8"))


def _is_file(source: TextSource) -> bool:
    """Whether all of it is there already: a pipe may have a path, but no size."""
    return source.path is not None and source.size is not None


def _cleaned_files(
    sources: list[TextSource], text: TextConfig, filters: FilterConfig, threads: int, *, show: bool
) -> Generator[str, None, None]:
    """What `clean_lines` gives, each line with its newline, in large pieces of text."""
    from textseq.text.scan.line_stage import LineStage
    from textseq.text.scan.spool import BlockReader

    stage = LineStage(text, filters, whole=True, keep_lines=True)
    blocks = BlockReader(sources, text, _BLOCK_BYTES, stage, threads, whole_lines=True)
    held = ""  # a "\r" of which it is not known yet whether a newline follows
    with contextlib.closing(blocks), reading("clean", quiet=not show) as progress:
        while (taken := blocks.take()) is not None:
            piece = held + taken[1].decode("utf-8")
            held = "\r" if piece.endswith("\r") else ""
            yield piece.removesuffix("\r").replace("\r\n", "\n")
            progress(blocks.n_bytes, blocks.share)


@contextlib.contextmanager
def _metered(
    units: Iterator[str], read: SourceReader, unit: Unit, *, show: bool
) -> Iterator[Iterator[str]]:
    """The same units, with a bar that moves while they are taken."""
    if not show:
        yield units
        return
    total = None if read.size is None else read.size / 1e6
    with Meter("clean") as meter:

        def counted() -> Iterator[str]:
            for n_units, text in enumerate(units):
                if unit == "file" or n_units % _LINES_A_LOOK == 0:
                    done = read.n_bytes / 1e6
                    speed = (
                        rate_line(n_units, None, meter.seconds, f"{unit}s")
                        if total is None
                        else rate_line(done, total, meter.seconds, "MB")
                    )
                    details = f"{n_units:,} {unit}s  {speed}  {duration(meter.seconds)}"
                    meter.update(done, total, details)
                yield text

        yield counted()


def _report(counts: CleaningReport, filters: FilterConfig) -> dict[str, Any]:
    return {"filters": filters.to_json(), **counts.to_json()}


def _show_report(counts: CleaningReport) -> None:
    rows = [["step", "changed", "dropped", "chars removed", "chars added"]]
    for step in counts.steps:
        removed, added = step.chars_removed, step.chars_added
        rows.append([step.name, f"{step.lines_changed:,}", "", f"{removed:,}", f"{added:,}"])
    for drop in counts.dropped:
        rows.append([_words(drop.reason), "", f"{drop.lines:,}", f"{drop.chars:,}", ""])
    table(rows)
    left = f"{counts.lines_out:,} out, {counts.lines_changed:,} of them changed"
    data(f"{many(counts.lines_in, 'line')} in, {left}")


def _words(reason: str) -> str:
    return reason.replace("_", " ")


def _show_samples(counts: CleaningReport, *, as_json: bool, quiet: bool) -> None:
    dumb = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    colored = sys.stdout.isatty() and not dumb
    samples = [(", ".join(sample.by), sample) for sample in counts.samples]
    for drop in counts.dropped:
        samples += [(f"dropped, {_words(drop.reason)}", sample) for sample in drop.samples]
    for what, sample in samples:
        if as_json:
            json_line(dataclasses.asdict(sample))
            continue
        data(heading(f"line {sample.line:,}: {what}", colored=colored))
        for line in diff_lines(sample.before, sample.after, colored=colored):
            data(line)
    if not (quiet or as_json):
        n_dropped = counts.lines_in - counts.lines_out
        found = f"{counts.lines_changed:,} changed and {n_dropped:,} dropped lines"
        say(f"{len(samples):,} of {found}; {counts.lines_in:,} were read")
