"""The Hugging Face hub, played by a folder: what is sent, what is fetched, what is believed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import huggingface_hub
import numpy as np
import pytest
from huggingface_hub import errors
from safetensors.numpy import load_file, save_file

from textseq.text.vocab import Vocab
from textseq.vectors.files.formats import read_vectors, write_vectors
from textseq.vectors.files.hub import fetched, is_address, push_vectors
from textseq.vectors.ngrams import NgramHashes
from textseq.vectors.subword_vectors import NgramTable, SubwordVectors
from textseq.vectors.word_vectors import WordVectors

WORDS = ["king", "new york", "한국어", "a\nb", "|"]
ROWS = np.random.default_rng(0).standard_normal((5, 4)).astype(np.float32)
MADE = {"word2vec": {"mode": "cbow", "window": 5}, "n_tokens": 1234}


def make() -> WordVectors:
    return WordVectors(
        Vocab(WORDS, np.arange(5, 0, -1), specials=()), ROWS, config=MADE, output_vectors=ROWS
    )


class Hub:
    """A hub whose repositories are folders; `asked` is what was downloaded, `made` what is new."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.asked: list[list[str]] = []
        self.made: list[tuple[str, bool]] = []
        self.failure: Exception | None = None

    def model_info(self, repo: str, revision: str | None = None) -> Any:
        if self.failure is not None:
            raise self.failure
        if not (self.root / repo).is_dir():
            raise _refused(errors.RepositoryNotFoundError, 404)
        files = [path for path in (self.root / repo).rglob("*") if path.is_file()]
        names = [path.relative_to(self.root / repo).as_posix() for path in files]
        siblings = [SimpleNamespace(rfilename=name) for name in names]
        return SimpleNamespace(siblings=siblings, sha=revision or "newest")

    def snapshot_download(
        self, repo_id: str, revision: str, allow_patterns: list[str], local_files_only: bool = False
    ) -> str:
        self.asked.append([revision, *allow_patterns])
        here = self.root / "cache" / repo_id
        if local_files_only:
            if not here.is_dir():
                raise errors.LocalEntryNotFoundError("nothing here")
            return str(here)
        for path in (self.root / repo_id).rglob("*"):
            name = path.relative_to(self.root / repo_id).as_posix()
            if path.is_file() and any(fnmatch(name, pattern) for pattern in allow_patterns):
                (here / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, here / name)
        return str(here)

    def create_repo(self, repo: str, private: bool, exist_ok: bool) -> str:
        assert exist_ok
        self.made.append((repo, private))
        (self.root / repo).mkdir(parents=True, exist_ok=True)
        return f"https://hub/{repo}"

    def upload_folder(self, repo_id: str, folder_path: str, commit_message: str) -> None:
        if self.failure is not None:
            raise self.failure
        assert commit_message == "5 word vectors of dimension 4"
        shutil.copytree(folder_path, self.root / repo_id, dirs_exist_ok=True)


def _refused(kind: Any, status: int) -> Exception:
    """An error of the hub's library, whose kinds ask for a whole response."""
    error: Exception = kind.__new__(kind)
    error.args = ("one line\nand another",)
    error.response = SimpleNamespace(status_code=status)  # type: ignore[attr-defined]
    return error


# Of the library below the hub's, whose errors of the network are not those of Python.
NO_ANSWER = errors.HfHubHTTPError.__mro__[1]("[Errno -2] Name or service not known\nmore")


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    hub = Hub(tmp_path / "hub")
    monkeypatch.setattr(huggingface_hub, "HfApi", lambda: hub)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", hub.snapshot_download)
    return hub


# ---- there and back


def test_push_and_read(hub: Hub):
    page = push_vectors(make(), "me/some-vectors", private=True, licence="mit", corpus="a | b")
    assert (page, hub.made) == ("https://hub/me/some-vectors", [("me/some-vectors", True)])
    files = sorted(path.name for path in (hub.root / "me/some-vectors").iterdir())
    assert files == ["README.md", "config.json", "counts.npy", "model.safetensors", "vocab.txt"]
    again = read_vectors("hf://me/some-vectors")
    assert again.vocab == make().vocab
    np.testing.assert_array_equal(again.vectors, ROWS)
    assert (again.config, again.output_vectors) == (MADE, None)
    assert hub.asked == [["newest", "model.safetensors", "vocab.txt", "counts.npy", "config.json",
                          "README.md"]]  # fmt: skip
    assert list(read_vectors(Path("hf://me/some-vectors"), limit=2)) == WORDS[:2]
    read_vectors("hf:me/some-vectors@v2")
    assert hub.asked[-1][0] == "v2"


def test_the_page_of_a_repository(tmp_path: Path, hub: Hub):
    push_vectors(make(), "me/v", licence='mit"\n---', corpus="<b>novels</b> | 40", quantise="int8",
                 language="en")  # fmt: skip
    page = (hub.root / "me/v/README.md").read_text(encoding="utf-8")
    head, _, text = page.removeprefix("---\n").partition("\n---\n")
    assert head.splitlines() == [
        'library_name: "textseq"', 'tags: ["word-embeddings", "word-vectors"]',
        'license: "mit\\"\\n---"', 'language: "en"',
    ]  # fmt: skip
    for line in (
        "5 words of dimension 4. The first are: king, new york, 한국어, a b, \\|.",
        "| corpus | \\<b\\>novels\\</b\\> \\| 40 |", "| words of the corpus | 1,234 |",
        "| mode | cbow |", "| numbers | int8 |", 'vectors = read_vectors("hf://me/v")',
    ):  # fmt: skip
        assert line in text.splitlines()
    # Whether an index of packages has textseq is not for this page to say.
    assert "pip install" not in text
    assert "With textseq installed:\n\n```sh\ntextseq pull me/v --out vectors\n" in text
    # What it says of opening them without us is true.
    code = text.split("```python\n")[2].partition("```")[0]
    code = code.replace('"model', f'"{hub.root}/me/v/model').replace(
        '"voc', f'"{hub.root}/me/v/voc'
    )
    names: dict[str, Any] = {}
    exec(code, names)
    np.testing.assert_allclose(names["rows"], ROWS, atol=0.02)
    assert names["words"] == ["king", "new york", "한국어", "a\\nb", "|"]


def test_n_grams_go_along(hub: Hub):
    table = NgramTable(NgramHashes("fasttext", 5, 2, 3), ROWS)
    vectors = SubwordVectors(Vocab(WORDS, specials=()), ROWS, table)
    push_vectors(vectors, "me/v")
    again = read_vectors("hf://me/v")
    assert isinstance(again, SubwordVectors)
    np.testing.assert_allclose(again["kings"], vectors["kings"], rtol=1e-6)


def test_a_file_of_a_repository(hub: Hub):
    write_vectors(make(), hub.root / "you/v/deep/v.safetensors", "safetensors")
    (hub.root / "you/v/t").mkdir()
    plain = WordVectors(Vocab(["a", "b"], specials=()), ROWS[:2])
    write_vectors(plain, hub.root / "you/v/t/vectors.tsv", "tensorboard")
    assert list(read_vectors("hf://you/v/deep/v.safetensors")) == WORDS
    assert list(read_vectors("hf://you/v/t/vectors.tsv")) == ["a", "b"]
    assert hub.asked[-1] == ["newest", "t/vectors.tsv", "t/metadata.tsv"]
    with pytest.raises(FileNotFoundError, match=r"you/v has no w\.bin; it has .*v\.safetensors"):
        read_vectors("hf://you/v/w.bin")
    with pytest.raises(ValueError, match=r"you/v is no folder of word vectors; it has .*hf://USER"):
        read_vectors("hf://you/v")
    (hub.root / "you/empty").mkdir()
    with pytest.raises(ValueError, match="it has no file that could be one of vectors"):
        read_vectors("hf://you/empty")


def test_a_pipeline_of_spacy(hub: Hub):
    write_vectors(make(), hub.root / "you/pipe", "spacy")
    (hub.root / "you/pipe" / "ner").mkdir()
    (hub.root / "you/pipe" / "ner" / "model").write_bytes(b"large")
    assert list(read_vectors("hf://you/pipe")) == WORDS
    assert all(name.startswith("vocab/") for name in hub.asked[-1][1:])


# ---- addresses, and a hub that does not answer


@pytest.mark.parametrize(
    "address",
    ["hf://", "hf://me", "hf://me/", "hf://../v", "hf://me/..", "hf://me/v/../../x", "hf://-/v",
     "hf://me/v@/x", "hf://me/v@a@b", "hf:///etc/passwd/x", "hf://me/a b", "hf://me/v/ x"],
)  # fmt: skip
def test_what_is_no_address(hub: Hub, address: str):
    assert is_address(address)
    with pytest.raises(ValueError, match="is no place on the hub; hf://USER/NAME is"):
        fetched(address)
    assert hub.asked == []


def test_names_that_no_repository_has(hub: Hub):
    for repo in ("v", "me/v/w", "../v", "me/..", "hf://me/v", "me/v\n"):
        with pytest.raises(ValueError, match="names no repository; USER/NAME does"):
            push_vectors(make(), repo)
    assert hub.made == []


@pytest.mark.parametrize(
    ("failure", "kind", "message"),
    [
        (_refused(errors.RepositoryNotFoundError, 404), FileNotFoundError, "the hub has no me/v, "),
        (_refused(errors.GatedRepoError, 403), PermissionError, "whom its owners let in"),
        (_refused(errors.RevisionNotFoundError, 404), FileNotFoundError, "no such revision"),
        (_refused(errors.HfHubHTTPError, 401), PermissionError, "does not let you into me/v"),
        (_refused(errors.HfHubHTTPError, 500), ConnectionError, "me/v: one line$"),
        (errors.OfflineModeIsEnabled("offline"), ConnectionError, "me/v is not on this machine"),
        (OSError("no route"), ConnectionError, "and huggingface.co cannot be reached"),
        (NO_ANSWER, ConnectionError, "me/v is not on this machine, and huggingface.co cannot"),
    ],
)
def test_the_hub_refuses(hub: Hub, failure: Exception, kind: type, message: str):
    hub.failure = failure
    with pytest.raises(kind, match=message):
        read_vectors("hf://me/v")


@pytest.mark.parametrize("failure", [errors.OfflineModeIsEnabled("offline"), NO_ANSWER])
def test_what_was_fetched_before_needs_no_hub(hub: Hub, failure: Exception):
    push_vectors(make(), "me/v")
    read_vectors("hf://me/v")
    hub.failure = failure
    assert list(read_vectors("hf://me/v")) == WORDS


@pytest.mark.parametrize(
    ("failure", "why"),
    [(errors.OfflineModeIsEnabled("offline"), "offline"), (NO_ANSWER, "[Errno -2] Name or service "
     "not known")],
)  # fmt: skip
def test_push_without_a_network(hub: Hub, failure: Exception, why: str):
    hub.failure = failure
    with pytest.raises(ConnectionError) as caught:
        push_vectors(make(), "me/v")
    assert str(caught.value) == f"huggingface.co cannot be reached: {why}"


@pytest.mark.parametrize("language", ["a b: c", "English", "en\n", "-", ""])
def test_what_is_no_language(hub: Hub, tmp_path: Path, language: str):
    with pytest.raises(ValueError, match=r"language is .*; codes such as en, ko and zh-Hant work"):
        push_vectors(make(), "me/v", language=language)
    with pytest.raises(ValueError, match=r"language is .*; codes such as en, ko and zh-Hant work"):
        write_vectors(make(), tmp_path / "v", "hub", language=language)
    assert (hub.made, (tmp_path / "v").exists()) == ([], False)


def test_languages(tmp_path: Path):
    for language in ("en", "kmr", "zh-Hant", "multilingual"):
        write_vectors(make(), tmp_path / language, "hub", language=language)
        assert f'language: "{language}"' in (tmp_path / language / "README.md").read_text("utf-8")


def test_numbers_that_are_not_finite_stay_here(hub: Hub):
    rows = ROWS.copy()
    rows[1, 1] = np.inf
    with pytest.raises(ValueError, match="the first is that of 'new york'"):
        push_vectors(WordVectors(make().vocab, rows, check=False), "me/v")
    assert hub.made == []


# ---- what a stranger sends


@pytest.mark.parametrize("name", ["model.safetensors", "vocab.txt", "counts.npy", "config.json"])
def test_a_file_that_is_missing(tmp_path: Path, name: str):
    write_vectors(make(), tmp_path / "v", "hub")
    (tmp_path / "v" / name).unlink()
    with pytest.raises(ValueError, match=f"{name} is missing; the folder is damaged"):
        read_vectors(tmp_path / "v")


def test_cut_at_every_byte(tmp_path: Path):
    place = tmp_path / "v"
    write_vectors(make(), place, "hub", quantise="int8")
    for name in ("model.safetensors", "vocab.txt", "counts.npy", "config.json"):
        whole = (place / name).read_bytes()
        # A line that is missing is told by the counts, the space behind JSON by nothing.
        for length in range(len(whole.rstrip()) if name == "config.json" else len(whole)):
            (place / name).write_bytes(whole[:length])
            with pytest.raises(ValueError, match=str(place)):
                read_vectors(place, "hub")
        (place / name).write_bytes(whole)
    assert list(read_vectors(place)) == WORDS


def _tensors(change: Callable[[dict[str, Any]], object]) -> Callable[[Path], object]:
    def apply(place: Path) -> None:
        tensors = load_file(place / "model.safetensors")
        change(tensors)
        save_file(tensors, place / "model.safetensors")

    return apply


def _config(**changes: Any) -> Callable[[Path], object]:
    def apply(place: Path) -> None:
        config = json.loads((place / "config.json").read_text())
        (place / "config.json").write_text(json.dumps(config | changes))

    return apply


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_tensors(lambda t: t.update(vectors=ROWS[:3])), "5 words but 3 vectors"),
        (_tensors(lambda t: t.update(vectors=ROWS.astype("i4"))), "'vectors' is int32"),
        (_tensors(lambda t: t.pop("vectors")), "has no tensor 'vectors'"),
        (_tensors(lambda t: t.update(ngrams=ROWS)), "does not say how n-grams are hashed"),
        (_config(text={"tokenizer_file": "../../secret"}), "names the tokenizer file '../../sec"),
        (_config(text={"tokenizer_file": "tokenizer.json"}), r"it has no tokenizer\.json"),
        (_config(kind="classifier"), "holds classifier, not shared-word-vectors"),
        (_config(format=99), "which is newer than this one"),
        (lambda place: (place / "vocab.txt").write_text("a\nb\nc\nd\na\n"), "twice"),
        (lambda place: (place / "vocab.txt").write_text("a\nb\n"), "2 tokens but 5 counts"),
    ],
)
def test_what_is_not_believed(tmp_path: Path, change: Callable[[Path], object], message: str):
    write_vectors(make(), tmp_path / "v", "hub")
    change(tmp_path / "v")
    with pytest.raises(ValueError, match=message) as caught:
        read_vectors(tmp_path / "v")
    assert str(tmp_path / "v") in str(caught.value)
