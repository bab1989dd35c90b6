from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
import pytest

from textseq.text.vocab import Vocab
from textseq.vectors.search import search
from textseq.vectors.word_vectors import WordVectors

Run = Callable[..., Any]  # `run` of conftest.py


@pytest.fixture
def compass(tmp_path: Path) -> Path:
    """Directions in the plane, in small letters, and a name of two words."""
    rows = {
        "east": [2, 0], "north": [0, 3], "north_east": [5, 5], "west": [-1, 0], "a=0.5": [0, -1],
        "한국": [1, -1],
    }  # fmt: skip
    words = Vocab(list(rows), specials=())
    matrix = np.array(list(rows.values()), np.float32)
    path = tmp_path / "textseq-vectors"
    WordVectors(words, matrix, config={"text": {"lowercase": True}}).save(path)
    return path


@pytest.fixture(autouse=True)
def with_vectors(compass: Path) -> None:
    """All commands here ask these."""


def words_in(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines()]


# ---- sums


def test_sums(run: Run):
    result = run("nearest", "east", "north", "--sum", "-n", "1")
    assert result == (0, "north_east  1.0000\n", "")
    assert words_in(run("nearest", "north_east", "--minus", "north", "-n", "1").out) == ["east"]
    minus = ("--minus", "north", "--minus", "west")
    assert words_in(run("nearest", "north_east", *minus, "-n", "1").out) == ["east"]
    result = run("nearest", "East", "north", "--weights", "1,-1", "-n", "1", "--json")
    answer = json.loads(result.out)
    assert answer.pop("nearest") == [{"word": "한국", "similarity": pytest.approx(1)}]
    assert answer == {"positive": ["east", "north"], "negative": [], "weights": [1, -1]}
    assert result.err == "textseq: 'East' is not among the words; 'east' is what it becomes\n"
    # A word is a word, whatever signs are in it.
    assert run("nearest", "a=0.5", "--minus", "north").status == 0
    assert "'north=2' is not among" in run("nearest", "east", "north=2", "--sum").message


# ---- which are answers


def test_what_narrows_the_answers(run: Run):
    assert words_in(run("nearest", "east", "--threshold", "0.5").out) == ["north_east", "한국"]
    assert len(words_in(run("nearest", "east", "--threshold", "-1").out)) == 5
    assert words_in(run("nearest", "east", "--threshold", "0", "-n", "1").out) == ["north_east"]
    assert words_in(run("nearest", "east", "--pattern", "^no").out) == ["north_east", "north"]
    exclude = ("--exclude", "north_east", "--exclude", "한국", "-n", "1")
    assert words_in(run("nearest", "east", *exclude).out) == ["north"]
    exclude = ("--exclude", "North East", "--exclude", "zzz", "-n", "1")
    assert words_in(run("nearest", "east", *exclude).out) == ["한국"]
    assert run("nearest", "east", "--pattern", "x") == (0, "", "")
    assert json.loads(run("nearest", "east", "--pattern", "x", "--json").out)["nearest"] == []


def test_no_answers_cannot_be_asked_for(run: Run):
    for command in (["nearest", "east"], ["analogy", "east", "north", "west"]):
        result = run(*command, "-n", "0")
        assert (result.status, result.out) == (2, "")
        assert "the least that works is 1" in result.message


def test_json_has_a_line_for_each_question(run: Run):
    for asked, empty in (
        (["nearest", "zzz"], {"word": "zzz", "nearest": None}),
        (["nearest", "--numbers", "1 2 3"], {"vector": 1, "nearest": None}),
        (["nearest", "--texts", "zzz"], {"text": "zzz", "nearest": None}),
        (["analogy", "east", "zzz", "west"], {"line": "east zzz west", "answers": None}),
        (["rank", "east", "zzz"], {"line": "east zzz", "rank": None}),
        (["closer", "east", "zzz"], {"line": "east zzz", "closer": None}),
        (["similarity", "east", "zzz"], {"line": "east zzz", "similarity": None}),
    ):
        result = run(*asked, "--json")
        assert (result.status, json.loads(result.out)) == (1, empty)
        plain = run(*asked)
        assert (plain.status, plain.out, plain.message) == (1, "", result.message)


# ---- words as the corpus has them


def test_words_are_prepared(run: Run):
    result = run("nearest", "North East", "-n", "1", "--json")
    assert json.loads(result.out)["found"] == "north_east"
    assert "'North East' is not among the words; 'north_east' is what" in result.message
    result = run("nearest", "the north")
    assert (result.status, result.out) == (1, "")
    assert "it is cut into 'the', 'north', which `nearest --sum` or `--texts`" in result.message
    assert "near spellings: north" in run("nearest", "nroth").message
    assert "near spellings: 한국" in run("nearest", "gksrnr").message
    for command in (["rank", "East", "north"], ["similarity", "East", "north"],
                    ["analogy", "East", "north", "west"], ["closer", "East", "west"],
                    ["odd-one-out", "East", "north", "west"]):  # fmt: skip
        result = run(*command)
        assert result.status == 0
        assert "'east' is what it becomes" in result.message


# ---- large vectors


def test_a_copy_is_announced_unless_it_is_to_be_quiet(
    run: Run, compass: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(search, "_LARGE", 1)
    copy = compass / search.COPY
    for command in (["nearest", "east", "-n", "2"], ["analogy", "east", "north", "west", "-n", "2"],
                    ["rank", "east", "west"], ["closer", "east", "west"]):  # fmt: skip
        told = [*command, "--vectors", str(compass)]
        assert run(*told, "--limit", "4").err == ""
        assert not copy.exists()
        result = run(*told)
        assert result.message == (
            f"{copy} is being made, once ({copy.stat().st_size} B): an int8 copy of 6 vectors, by "
            "which questions take less time and memory"
        )
        assert run(*told) == result._replace(err="")
        copy.unlink()
        assert run(*told, "--quiet") == result._replace(err="")
        assert copy.exists()
        copy.unlink()


# ---- many questions


def test_lines_are_answered_in_order(run: Run):
    Path("words.txt").write_text("east\nzzz\n\n North \nwset\n")
    result = run("nearest", "--input", "words.txt", "-n", "1")
    assert result.status == 1
    assert result.out == "east\n  north_east  0.7071\n\nNorth\n  north_east  0.7071\n"
    assert "'zzz' is not among the 6 words\n" in result.err
    assert "near spellings: west" in result.err
    lines = run("nearest", "west", "-", "--input", "words.txt", "--json", stdin=b"north\n").out
    asked = [json.loads(line) for line in lines.splitlines()]
    assert [each["word"] for each in asked] == ["west", "north", "east", "zzz", "North", "wset"]
    assert [each["nearest"] is None for each in asked] == [False, False, False, True, False, True]
    assert asked[4]["found"] == "north"
    assert run("nearest", "-", stdin=b"") == (0, "", "")
    assert "there is no file or folder 'gone'" in run("nearest", "--input", "gone").message


def test_near_spellings_of_a_few_only(run: Run):
    lines = "".join(f"nort{k}\n" for k in range(15)).encode()
    result = run("nearest", "-", stdin=lines)
    assert (result.status, result.out) == (1, "")
    assert result.err.count("\n") == 15
    assert result.err.count("near spellings: north") == 10


def test_a_batch_is_one_question(run: Run, monkeypatch: pytest.MonkeyPatch):
    sizes: list[int] = []
    nearest = WordVectors.nearest

    def counted(self: WordVectors, query: list[str], *given: Any, **options: Any) -> Any:
        sizes.append(len(query))
        return nearest(self, query, *given, **options)

    monkeypatch.setattr(WordVectors, "nearest", counted)
    assert run("nearest", "-", stdin=b"east\n" * 500).status == 0
    assert sum(sizes) == 500
    assert len(sizes) < 6


def test_texts(run: Run):
    lines = b"the East, and west east\nzzz\n"
    result = run("nearest", "--texts", "-n", "1", "--json", stdin=lines)
    assert result.status == 1
    first, second = (json.loads(line) for line in result.out.splitlines())
    assert first["text"] == "the East, and west east"
    assert first["nearest"][0]["word"] not in ("east", "west")
    assert second == {"text": "zzz", "nearest": None}
    assert "no word of 'zzz' is among the 6 words" in result.message
    assert run("nearest", "--texts", "north north", "-n", "1").out == "north_east  0.7071\n"


def test_vectors(run: Run):
    lines = b"1 0\n[0, 1e30]\n-1,0\n1\n[1, nan]\n[1, x]\n[[1, 2]]\n1 2 3\n"
    result = run("nearest", "--numbers", "-n", "1", "--json", stdin=lines)
    assert result.status == 1
    answers = [json.loads(line) for line in result.out.splitlines()]
    assert [each["vector"] for each in answers] == list(range(1, 9))
    found = [each["nearest"] and each["nearest"][0]["word"] for each in answers]
    assert found == ["east", "north", "west", None, None, None, None, None]
    assert "vector 4: a vector of shape (1,) was given; the words have (2,)" in result.err
    assert "vector 5: the vector given holds NaN or inf" in result.err
    assert "vector 6: could not convert string to float: 'x'" in result.err
    assert "a vector of shape (0,)" in run("nearest", "--numbers", "").message
    assert run("nearest", "--numbers", "[1, 0]", "-n", "1").out == "east  1.0000\n"
    result = run("nearest", "--numbers", "0 0 0")
    assert (result.status, result.out) == (1, "")
    assert "vector 1: a vector of shape (3,)" in result.message


def test_embedded_texts_are_vectors_to_ask(run: Run):
    out = run("embed", stdin=b"east north\n\nzzz\n").out
    assert out == "[1.0, 1.5]\n[0.0, 0.0]\n[0.0, 0.0]\n"
    answers = run("nearest", "--numbers", "-n", "1", "--json", stdin=out.encode()).out.splitlines()
    assert json.loads(answers[0])["nearest"][0]["word"] == "north_east"
    assert len(answers) == 3


def test_embed(run: Run):
    Path("texts.txt").write_text("East\nnorth west\nzzz\n")
    result = run("embed", "texts.txt", "--json")
    first = json.loads(result.out.splitlines()[0])
    assert first == {"text": "East", "vector": [2, 0]}
    assert result.message == "1 of 3 lines have no word with a vector"
    assert run("embed", "texts.txt", "--out", "e.npy").status == 0
    np.testing.assert_array_equal(np.load("e.npy"), np.float32([[2, 0], [-0.5, 1.5], [0, 0]]))
    assert "e.npy exists already; --force replaces it" in run("embed", "--out", "e.npy").message
    result = run("embed", "--out", "e.npy", "--force", stdin=b"")
    assert (result.status, np.load("e.npy").shape) == (0, (0, 2))
    result = run("embed", "texts.txt", "--method", "sif")
    assert "SIF weighs words by their counts" in result.message
    assert "`textseq convert --counts FILE` adds them" in result.message


# ---- who waits for an answer


def start(*arguments: str, **how: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "textseq", "nearest", "-n", "1", *arguments]
    return subprocess.Popen(command, **how)


def read_until(file: IO[bytes] | int, wanted: str, seconds: float = 60) -> str:
    """What comes out until this is in it."""
    descriptor = file if isinstance(file, int) else file.fileno()
    out, end = b"", time.monotonic() + seconds
    while wanted.encode() not in out:
        assert select.select([descriptor], [], [], end - time.monotonic())[0], out
        more = os.read(descriptor, 4096)
        assert more, out
        out += more
    return out.decode()


def test_nobody_waits_at_a_pipe(compass: Path):
    how = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "cwd": compass.parent}
    with start("-", **how) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for keys, wanted in (
            (b"east\n", "north_east"),
            (b"west\nno", "\nwest\n"),
            (b"rth\n", "0.7"),
        ):
            process.stdin.write(keys)
            process.stdin.flush()
            assert wanted in read_until(process.stdout, wanted)
        process.stdin.close()
        assert process.wait(60) == 0


# ---- the prompt


pty = pytest.importorskip("pty")


class Terminal:
    """`textseq nearest` on a terminal of its own."""

    def __init__(self, folder: Path, *arguments: str, **variables: str) -> None:
        state = {"XDG_STATE_HOME": str(folder / "state")}  # where it keeps what was typed
        self.end, other = pty.openpty()
        self.process = start(
            *arguments, cwd=folder, stdin=other, stdout=other, stderr=other,
            env=os.environ | {"TERM": "dumb"} | state | variables, start_new_session=True,
            preexec_fn=own_the_terminal,
        )  # fmt: skip
        os.close(other)
        self.told = read_until(self.end, "> ")

    def ask(self, keys: str) -> str:
        """What is shown until the next prompt."""
        os.write(self.end, keys.encode())
        return read_until(self.end, "\n> ").replace("\r", "").removesuffix("\n> ")

    def close(self) -> int:
        """Ctrl-D, and the exit status."""
        os.write(self.end, b"\x04")
        status = self.process.wait(60)
        os.close(self.end)
        return status


def own_the_terminal() -> None:
    """Ctrl-C on it is for this process."""
    import fcntl
    import termios

    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


@pytest.fixture
def terminal(compass: Path) -> Iterator[Terminal]:
    terminal = Terminal(compass.parent)
    yield terminal
    terminal.process.kill()
    terminal.process.wait(60)
    os.close(terminal.end)


def test_the_prompt_answers(terminal: Terminal):
    assert "6 words of dim 2; ? for help, Ctrl-D ends" in terminal.told
    assert "north_east  0.7071" in terminal.ask("east\n")
    assert "north_east  1.0000" in terminal.ask("east + north\n")
    assert "한국  1.0000" in terminal.ask("east - 1 * north\n")
    assert "'north_east' is what it becomes" in terminal.ask("North East\n")
    assert "한국  0.9487" in terminal.ask("north : east :: a=0.5\n")  # (1, -2) and (1, -1)
    both = terminal.ask("east north\n").splitlines()
    assert [line.split()[0] for line in both[1:]] == ["east", "north_east", "north", "north_east"]


def test_errors_do_not_end_the_prompt(terminal: Terminal):
    assert "'nroth' is not among the 6 words; near spellings: north" in terminal.ask("nroth\n")
    assert "a word is missing behind +" in terminal.ask("east +\n")
    assert "an analogy is a : b :: c" in terminal.ask("east :: north\n")
    assert "Ctrl-D" in terminal.ask("?\n")
    os.write(terminal.end, b"eas")
    shown = b""
    for _ in range(60):  # Python's readline does not see a signal between two waits for a key
        os.write(terminal.end, b"\x03")  # Ctrl-C clears the line
        while select.select([terminal.end], [], [], 1)[0]:
            shown += os.read(terminal.end, 1000)
        if b"\n> " in shown.replace(b"\r", b""):
            break
    assert b"textseq:" not in shown
    assert "north_east" in terminal.ask("east\n")
    os.write(terminal.end, b"\x04")
    assert terminal.process.wait(60) == 0


def test_words_are_completed_and_lines_come_back(terminal: Terminal):
    pytest.importorskip("readline")
    assert "north_east  0.7071" in terminal.ask("ea\t\n")
    assert "north_east  0.7071" in terminal.ask("\x10\n")  # Ctrl-P: the line before


def test_options_hold_for_all_answers_of_the_prompt(compass: Path):
    terminal = Terminal(compass.parent, "--pattern", "^w")
    assert "west  0.0000" in terminal.ask("north\n")
    assert terminal.close() == 0


def test_lines_come_back_the_next_time(compass: Path):
    pytest.importorskip("readline")
    folder = compass.parent
    terminal = Terminal(folder)
    terminal.ask("east\n")
    terminal.ask("한국\n")
    assert terminal.close() == 0
    (kept,) = (folder / "state").rglob("*history")
    assert kept.read_text() == "east\n한국\n"
    assert (kept.stat().st_mode & 0o777, kept.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert os.listdir(kept.parent) == ["nearest-history"]
    terminal = Terminal(folder)
    assert "north_east  0.7071" in terminal.ask("\x10\x10\n")  # Ctrl-P twice
    assert terminal.close() == 0
    terminal = Terminal(folder, TEXTSEQ_HISTORY="")
    terminal.ask("west\n")
    assert terminal.close() == 0
    assert kept.read_text() == "east\n한국\neast\n"
