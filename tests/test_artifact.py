import errno
import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from textseq import __version__, artifact
from textseq.artifact import (
    check_free,
    check_free_file,
    new_folder,
    parse_json,
    read_config,
    replaced,
    write_config,
    write_where_room_is,
)
from textseq.leftovers import leftovers


def write(path: Path, text: str, *, overwrite: bool = False) -> None:
    with new_folder(path, overwrite=overwrite) as folder:
        write_config(folder, "thing", {"text": text})
        (folder / "data").mkdir()
        (folder / "data" / "text").write_text(text)


def content(path: Path) -> str:
    text = (path / "data" / "text").read_text()
    assert read_config(path, "thing", made_by="make")["text"] == text
    return text


@pytest.fixture(params=["one step", "two renames"])
def both_ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the exchange of Linux, and as on systems without it."""
    if request.param == "two renames":
        monkeypatch.setattr(artifact, "_exchange", lambda one, other: False)


def test_a_folder_is_there_at_the_end_only(tmp_path: Path):
    target = tmp_path / "deep" / "er" / "vectors"
    with new_folder(target) as folder:
        write_config(folder, "thing", {})
        assert folder.parent == target.parent
        assert not target.exists()
    assert [path.name for path in target.parent.iterdir()] == ["vectors"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o777 & ~artifact._umask()


def test_relative_names_are_of_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    with new_folder("vectors"):
        os.chdir("elsewhere")
    assert (tmp_path / "vectors").is_dir()


@pytest.mark.usefixtures("both_ways")
def test_a_link_stays_a_link(tmp_path: Path):
    (tmp_path / "a").symlink_to(tmp_path / "disk" / "vectors")
    write(tmp_path / "a", "old")
    write(tmp_path / "a", "new", overwrite=True)
    assert (tmp_path / "a").is_symlink()
    assert content(tmp_path / "disk" / "vectors") == "new"
    assert [path.name for path in (tmp_path / "disk").iterdir()] == ["vectors"]


@pytest.mark.usefixtures("both_ways")
def test_overwriting_replaces_the_whole_folder(tmp_path: Path):
    write(tmp_path / "a", "old")
    (tmp_path / "a" / "more").write_text("more")
    write(tmp_path / "a", "new", overwrite=True)
    assert content(tmp_path / "a") == "new"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["config.json", "data"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_what_exists_is_refused_before_any_work(tmp_path: Path):
    write(tmp_path / "a", "old")
    with pytest.raises(FileExistsError, match="a exists already"), new_folder(tmp_path / "a"):
        pytest.fail("the block ran")
    assert content(tmp_path / "a") == "old"


def test_what_textseq_did_not_make_is_left_alone(tmp_path: Path):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "thesis.tex").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("home", "file"):
        with pytest.raises(FileExistsError, match=f"{name} was not made by textseq"):
            write(tmp_path / name, "new", overwrite=True)
    assert (tmp_path / "home" / "thesis.tex").read_text() == "mine"
    assert (tmp_path / "file").read_text() == "mine"
    (tmp_path / "empty").mkdir()
    check_free(tmp_path / "empty", overwrite=True)
    check_free(tmp_path / "free")


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_inside_leaves_the_old_folder(tmp_path: Path, error: type[BaseException]):
    write(tmp_path / "a", "old")

    def fail() -> None:
        with new_folder(tmp_path / "a", overwrite=True) as folder:
            (folder / "half").write_text("half")
            raise error

    with pytest.raises(error):
        fail()
    assert content(tmp_path / "a") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_an_error_in_the_last_rename_brings_the_old_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path / "a", "old")
    rename = os.rename

    def failing(source: Path, target: Path) -> None:
        if str(source).endswith(".part"):
            raise OSError("disk")
        rename(source, target)

    monkeypatch.setattr(artifact, "_exchange", lambda one, other: False)
    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(OSError, match="disk"):
        write(tmp_path / "a", "new", overwrite=True)
    assert content(tmp_path / "a") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_folder_made_meanwhile_is_not_replaced(tmp_path: Path):
    def late() -> None:
        with new_folder(tmp_path / "a"):
            write(tmp_path / "a", "faster")

    with pytest.raises(FileExistsError):
        late()
    assert content(tmp_path / "a") == "faster"


KILLED = """
import os, signal, sys
from pathlib import Path
from textseq import artifact

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "sync":
    artifact._sync = die
elif sys.argv[2] == "swapped":
    artifact.discard = die
with artifact.new_folder(sys.argv[1], overwrite=True) as folder:
    artifact.write_config(folder, "thing", {"text": "new"})
    (folder / "data").mkdir()
    (folder / "data" / "text").write_text("new")
    if sys.argv[2] == "filling":
        die()
"""


@pytest.mark.parametrize(
    ("moment", "left"), [("filling", "old"), ("sync", "old"), ("swapped", "new")]
)
def test_a_killed_process_leaves_one_whole_folder(tmp_path: Path, moment: str, left: str):
    write(tmp_path / "a", "old")
    command = [sys.executable, "-c", KILLED, str(tmp_path / "a"), moment]
    root = Path(artifact.__file__).parents[1]
    assert subprocess.run(command, check=False, cwd=root).returncode == -signal.SIGKILL
    assert content(tmp_path / "a") == left
    left_over = leftovers(tmp_path)
    assert [(each.held, each.n_bytes > 0) for each in left_over] == [("", True)]
    write(tmp_path / "a", "newer", overwrite=True)  # the next one there removes what was left
    assert content(tmp_path / "a") == "newer"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_the_config_says_what_made_the_folder(tmp_path: Path):
    write_config(tmp_path, "thing", {"dim": 3, "name": "é"})
    config = read_config(tmp_path, "thing", made_by="make")
    assert config == {
        "kind": "thing", "format": 1, "textseq": __version__, "dim": 3, "name": "é",
    }  # fmt: skip
    assert "é" in (tmp_path / "config.json").read_text(encoding="utf-8")


def test_each_error_of_read_config_names_the_cure(tmp_path: Path):
    def read() -> None:
        read_config(tmp_path, "vectors", made_by="textseq train-w2v")

    with pytest.raises(FileNotFoundError, match=r"there is no .*nothing; `textseq train-w2v`"):
        read_config(tmp_path / "nothing", "vectors", made_by="textseq train-w2v")
    with pytest.raises(ValueError, match=r"is not a textseq folder \(no config.json\)"):
        read()
    for damaged in ('{"kind": ', "[1]", "{}", '{"format": "1"}', '"\\ud800'):
        (tmp_path / "config.json").write_text(damaged)
        with pytest.raises(ValueError, match=r"config\.json is damaged"):
            read()
    (tmp_path / "config.json").write_bytes(b'{"kind": "\xff"}')
    with pytest.raises(ValueError, match=r"config\.json is damaged"):
        read()
    (tmp_path / "config.json").write_text('{"kind": "model", "format": 1}')
    with pytest.raises(ValueError, match="holds model, not vectors; `textseq train-w2v` makes one"):
        read()
    (tmp_path / "config.json").write_text('{"kind": "vectors", "format": 2, "textseq": "9.0"}')
    with pytest.raises(ValueError, match=r"written by textseq 9\.0, which is newer"):
        read()


def test_what_finds_no_room_goes_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(artifact.tempfile, "gettempdir", lambda: str(elsewhere))
    monkeypatch.setattr(artifact, "_same_disk", lambda folder, path: folder != elsewhere)

    def write(path: Path) -> None:
        if path.parent == tmp_path:
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        path.mkdir()

    written = write_where_room_is(tmp_path / "result", write)
    assert written.parent == elsewhere
    assert written.name.startswith("result.")
    assert written.is_dir()
    assert write_where_room_is(elsewhere / "fits", write) == elsewhere / "fits"

    def fail(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with pytest.raises(OSError, match="No space") as raised:
        write_where_room_is(tmp_path / "result", fail)
    assert raised.value.filename == str(tmp_path / "result")


# --- JSON of strangers


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested deeper"),
        ("[" * 101 + "]" * 101, "nested deeper than 100 levels"),
        ('{"a":' * 200 + "1" + "}" * 200, "nested deeper than 100 levels"),
        ('{"a": NaN}', "NaN is no number"),
        ("[-Infinity]", "-Infinity is no number"),
        ("[" + "9" * 5000 + "]", r"the whole number 9{20}\.\.\. has more than 64 bits"),
        (f"[{2**64}]", "more than 64 bits"),
        (f"[{-(2**63) - 1}]", "more than 64 bits"),
        (r'["\ud800"]', "half a surrogate pair"),
        (r'{"\udc00": 1}', "half a surrogate pair"),
        ("{", "Expecting property name"),
    ],
)
def test_json_that_is_refused(tmp_path: Path, text: str, message: str):
    with pytest.raises(ValueError, match=message):
        parse_json(text)
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        read_config(tmp_path, "thing", made_by="make")
    assert str(caught.value).startswith(f"{tmp_path / 'config.json'} is damaged: ")


def test_json_that_is_read():
    assert parse_json("[" * 100 + "]" * 100)
    assert parse_json(f"[{2**64 - 1}, {-(2**63)}, 1e5]") == [2**64 - 1, -(2**63), 1e5]
    assert parse_json(r'["\ud83d\ude42", "a [[[ ]"]') == ["\U0001f642", "a [[[ ]"]
    # What only will be written again may be more than numbers can be.
    assert parse_json("[NaN, " + "9" * 30 + "]", strict=False)[1] == int("9" * 30)


def test_more_values_than_characters_can_hold_in_bounded_memory():
    text = "[" + "[]," * 5_000_000 + "1]"
    with pytest.raises(ValueError, match="10,000,001 values in 15,000,003 characters"):
        parse_json(text)


@pytest.mark.parametrize("kind", ["x" * 9999, ["y"] * 999, None])
def test_a_kind_that_is_none(tmp_path: Path, kind: object):
    (tmp_path / "config.json").write_text(json.dumps({"kind": kind, "format": 1}))
    with pytest.raises(ValueError, match=r"holds .*, not thing; `make` makes one") as caught:
        read_config(tmp_path, "thing", made_by="make")
    assert len(str(caught.value)) < 150 + len(str(tmp_path))


def test_a_dash_is_no_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    for made in (new_folder("-"), new_folder(Path("-"), overwrite=True), replaced(Path("-"))):
        with pytest.raises(ValueError, match="- stands for standard output"), made:
            pytest.fail("nothing is written")
    for check in (check_free, check_free_file):
        with pytest.raises(ValueError, match="- stands for standard output"):
            check("-")
    assert not list(tmp_path.iterdir())
    with new_folder(tmp_path / "-") as folder:  # one that is meant
        (folder / "config.json").write_text("{}")
