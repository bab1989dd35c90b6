"""Workers: the steps on blocks, in this process or in others, and what becomes of the processes."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.cleaning.steps import clean
from textseq.text.scan.workers import CleaningWorkers, make_block_cleaner

STEPS = ["nfc", "html", "control"]
awkward = st.text(st.sampled_from("ab \t<b>&;é\u0301\u1112\u1161\0\u2028\u3000🏽"), max_size=12)


@given(lines=st.lists(awkward, min_size=1, max_size=6))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_each_line_is_cleaned_by_itself(lines: list[str]):
    block = "".join(line + "\n" for line in lines).encode()
    expected = "".join(clean(line, STEPS) + "\n" for line in lines)
    assert make_block_cleaner(STEPS, by_file=False)(block).decode() == expected


def test_known_blocks():
    by_line = make_block_cleaner(STEPS, by_file=False)
    assert by_line(b"<b>a</b>\n\n&amp;\n") == b"a\n\n&\n"
    assert by_line(b"\n") == b"\n"
    untouched = b"plain words\nmore of them\n"
    assert by_line(untouched) is untouched  # no step finds anything to do
    by_file = make_block_cleaner(["whitespace"], by_file=True)
    assert by_file(b"a  b\r\nc\n\nd\n") == b"a b c d\n"
    with pytest.raises(ValueError, match="no cleaning step 'htm'"):
        make_block_cleaner(["htm"], by_file=False)


@pytest.mark.parametrize("by_file", [False, True])
def test_processes_give_the_same_in_order(by_file: bool):
    pieces = [f"<p>{number}&lt;\n{'한국어 ' * (number % 7)}\n".encode() for number in range(40)]
    pieces.append(b"<i>long</i> " * 30_000 + b"\n")  # more than a pipe holds
    here = list(map(make_block_cleaner(STEPS, by_file=by_file), pieces))
    with CleaningWorkers(STEPS, 2, by_file=by_file) as workers:
        assert list(workers.map(iter(pieces))) == here
        assert list(workers.map(iter([]))) == []


def processes_of(workers: CleaningWorkers) -> list[subprocess.Popen[bytes]]:
    return list(workers._processes)


def test_no_process_is_left_whatever_happens():
    with CleaningWorkers(STEPS, 2, by_file=False) as workers:
        processes = processes_of(workers)
        assert all(process.poll() is None for process in processes)
    assert all(process.returncode is not None for process in processes)

    def broken() -> Iterator[bytes]:
        yield b"a\n"
        raise KeyboardInterrupt

    workers = CleaningWorkers(STEPS, 2, by_file=False)
    with pytest.raises(KeyboardInterrupt), workers:
        list(workers.map(broken()))
    assert all(process.returncode is not None for process in processes_of(workers))

    workers = CleaningWorkers(STEPS, 1, by_file=False)
    with workers:  # nobody waits for what is under way
        next(workers.map(iter([b"<b>\n"] * 20)))
    assert all(process.returncode is not None for process in processes_of(workers))


def test_text_that_is_none_ends_a_process_and_is_an_error(capfd: pytest.CaptureFixture[str]):
    workers = CleaningWorkers(STEPS, 1, by_file=False)
    with pytest.raises(RuntimeError, match=r"ended early \(status 1\)"), workers:
        list(workers.map(iter([b"\xff\n"])))
    assert "UnicodeDecodeError" in capfd.readouterr().err
