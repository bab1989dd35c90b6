"""Known corpora: what they are, where they come from, under which terms.

In: a name. Out: a `KnownCorpus` with the URL, size and checksum of each of its files. Two come
with textseq. Nothing is opened or downloaded here (download.py, corpus_folder.py).

The checksums were published by others: torchtext (md5 of enwik9), Hugging Face datasets
(dataset_infos.json: WikiText, IMDB, AG News, NSMC, Universal Dependencies 2.7), the archive
digest that users of text8 quote, and the files of the Multi30k repository at the commit named.
A row without one says None; what came is then recorded, and compared the next time.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urlsplit


@dataclass(frozen=True)
class RemoteFile:
    """One file to download; `size` in bytes; `checksum` is "sha256:..." or "md5:..."."""

    url: str
    size: int | None
    checksum: str | None

    @property
    def name(self) -> str:
        """The last part of the URL: the file's name here and on a mirror."""
        return urlsplit(self.url).path.rsplit("/", 1)[-1]

    @property
    def is_archive(self) -> bool:
        """Whether the file is unpacked after the download; a lone .gz is read as it is."""
        return self.name.endswith((".zip", ".tar.gz", ".tgz"))


@dataclass(frozen=True)
class KnownCorpus:
    """A corpus by name; `bundled` is its file among those of textseq, `files` are remote.

    `next` is a command to go on with, {folder} in it the folder of the corpus.
    """

    name: str
    title: str
    language: str
    task: str
    licence: str
    next: str
    files: tuple[RemoteFile, ...] = ()
    bundled: str | None = None

    @property
    def size(self) -> int | None:
        """Bytes to download; None where a file's size is not known."""
        sizes = [file.size for file in self.files if file.size is not None]
        return sum(sizes) if len(sizes) == len(self.files) else None


def find_corpus(name: str) -> KnownCorpus:
    """The corpus of this name, upper case or lower, - or _; KeyError suggests near names."""
    key = name.lower().replace("_", "-")
    if key in CORPORA:
        return CORPORA[key]
    near = get_close_matches(key, CORPORA, n=3, cutoff=0.5)
    near += [known for known in CORPORA if key and key in known and known not in near]
    hint = f"is it {' or '.join(near)}?" if near else f"there are {', '.join(CORPORA)}"
    raise KeyError(f"no corpus {name!r} is known; {hint}")


def mirrored(corpus: KnownCorpus, base_url: str | None) -> list[str]:
    """The URLs of the files; on a mirror the file is at BASE/NAME/FILE."""
    if base_url is None:
        return [file.url for file in corpus.files]
    base = base_url.rstrip("/")
    return [f"{base}/{corpus.name}/{file.name}" for file in corpus.files]


def _files(base: str, *rows: str) -> tuple[RemoteFile, ...]:
    """Rows in pairs: "FILE SIZE", then the checksum; - stands for what is not known."""
    files = []
    for what, checksum in zip(rows[::2], rows[1::2], strict=True):
        name, size = what.split()
        known = None if checksum == "-" else checksum
        files.append(RemoteFile(base + name, None if size == "-" else int(size), known))
    return tuple(files)


_MAHONEY = "https://mattmahoney.net/dc/"
_WIKITEXT = "https://wikitext.smerity.com/"
_AG_NEWS = "https://raw.githubusercontent.com/mhjabreel/CharCnn_Keras/master/data/ag_news_csv/"
_NSMC = "https://raw.githubusercontent.com/e9t/nsmc/master/"
_MULTI30K = (
    "https://raw.githubusercontent.com/multi30k/dataset/"
    "a3d2e0d26b56f3846f66a952536ffed4e401d05a/data/task1/raw/"
)
_UD = "https://raw.githubusercontent.com/UniversalDependencies/"
_UD_RELEASE = "r2.7"


def _wikitext(name: str, size: str, checksum: str, *, raw: bool = False) -> KnownCorpus:
    ending = "raw" if raw else "tokens"
    return KnownCorpus(
        name,
        f"Good Wikipedia articles, {'untouched' if raw else 'tokenized, rare words <unk>'}",
        "English",
        "language model",
        "CC BY-SA",
        f"textseq train-lm {{folder}}/wiki.train.{ending} --valid {{folder}}/wiki.valid.{ending}",
        _files(_WIKITEXT, f"{name}-v1.zip {size}", checksum),
    )


def _treebank(repository: str, prefix: str, licence: str, *parts: str) -> KnownCorpus:
    name = f"ud-{repository.lower()}"
    return KnownCorpus(
        name,
        f"Universal Dependencies 2.7, {repository}: tags and trees, CoNLL-U",
        repository.partition("-")[0],
        "tagging",
        licence,
        f"textseq train-tagger {{folder}}/{prefix}-ud-train.conllu "
        f"--valid {{folder}}/{prefix}-ud-dev.conllu --test {{folder}}/{prefix}-ud-test.conllu",
        _files(
            f"{_UD}UD_{repository}/{_UD_RELEASE}/{prefix}-ud-",
            *(part.replace(" ", ".conllu ") for part in parts),  # checksums hold no space
        ),
    )


_ROWS = (
    KnownCorpus(
        "miniworld",
        "A small world told by a grammar; with analogies and rated pairs",
        "English",
        "word vectors",
        "MIT",
        "textseq train-w2v && textseq nearest king",
        bundled="miniworld.txt.gz",
    ),
    KnownCorpus(
        "miniworld-ko",
        "The same kind of world in Korean; with analogies",
        "Korean",
        "word vectors",
        "MIT",
        "textseq train-w2v {folder}",
        bundled="miniworld-ko.txt.gz",
    ),
    KnownCorpus(
        "text8",
        "100 MB of Wikipedia of 2006, a-z and spaces only, one line",
        "English",
        "word vectors",
        "GFDL (Wikipedia)",
        "textseq train-w2v {folder}/text8",
        _files(
            _MAHONEY,
            "text8.zip 31344016",
            "sha256:a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
        ),
    ),
    KnownCorpus(
        "enwik8",
        "The first 100 MB of the English Wikipedia of 2006, XML",
        "English",
        "compression, characters",
        "GFDL (Wikipedia)",
        "textseq vocab {folder}/enwik8 | head",
        _files(
            _MAHONEY,
            "enwik8.zip 36445475",
            "sha256:547994d9980ebed1288380d652999f38a14fe291a6247c157c3d33d4932534bc",
        ),
    ),
    KnownCorpus(
        "enwik9",
        "The first 1 GB of the English Wikipedia of 2006, XML",
        "English",
        "word vectors",
        "GFDL (Wikipedia)",
        "textseq vocab {folder}/enwik9 | head",
        _files(
            _MAHONEY,
            "enwik9.zip 322592222",
            "md5:3e773f8a1577fda2e27f871ca17f31fd",
        ),
    ),
    _wikitext(
        "wikitext-2",
        "4475746",
        "sha256:92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c",
    ),
    _wikitext(
        "wikitext-2-raw",
        "4721645",
        "sha256:ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11",
        raw=True,
    ),
    _wikitext(
        "wikitext-103",
        "190229076",
        "sha256:242ba0f20b329cfdf1ccc61e9e9e5b59becf189db7f7a81cd2a0e2fc31539590",
    ),
    _wikitext(
        "wikitext-103-raw",
        "191984949",
        "sha256:91c00ae287f0d699e18605c84afc9e45c192bc6b7797ff8837e5474655a33794",
        raw=True,
    ),
    KnownCorpus(
        "imdb",
        "50,000 film reviews, positive or negative, and 50,000 without a label; one a file",
        "English",
        "classification",
        "none stated; for research",
        "textseq encode {folder}/train --unit file --out imdb-ids",
        _files(
            "https://ai.stanford.edu/~amaas/data/sentiment/",
            "aclImdb_v1.tar.gz 84125825",
            "sha256:c40f74a18d3b61f90feba1e17730e0d38e8b97c05fde7008942e91923d1658fe",
        ),
    ),
    KnownCorpus(
        "ag-news",
        "127,600 news in 4 classes: class, title, description as quoted CSV",
        "English",
        "classification",
        "non-commercial",
        "textseq train-classifier {folder}/train.csv --label 0 --text 2 --test {folder}/test.csv",
        _files(
            _AG_NEWS,
            "train.csv 29470338",
            "sha256:76a0a2d2f92b286371fe4d4044640910a04a803fdd2538e0f3f29a5c6f6b672e",
            "test.csv 1857427",
            "sha256:521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699",
        ),
    ),
    KnownCorpus(
        "nsmc",
        "200,000 Naver film reviews, positive or negative: id, review, label with tabs",
        "Korean",
        "classification",
        "CC0",
        "cut -f2 {folder}/ratings_train.txt | textseq encode - --out nsmc-ids",
        _files(
            _NSMC,
            "ratings_train.txt 14628807",
            "sha256:e03b7d14e9e41be8d464a28057cd25d7396c53e67aa7fd5f7e552c59b0ee2940",
            "ratings_test.txt 4893335",
            "sha256:8ac9f64052f11dbf6ae0acb5e038f03d90a76f0eda7820cfb3a92d02edfcebda",
        ),
    ),
    KnownCorpus(
        "multi30k",
        "31,014 captions and two test sets of 1,000, line by line in both languages",
        "English, German",
        "translation",
        "non-commercial",
        "textseq train-translator {folder}/train.de.gz {folder}/train.en.gz "
        "--valid {folder}/val.de.gz --valid {folder}/val.en.gz",
        _files(
            _MULTI30K,
            "train.en.gz 568929",
            "sha256:d79cfa999dd4c51d2cb42499b6796d5a882c3a8a961923c25a898c90f8bbd56f",
            "train.de.gz 637044",
            "sha256:726e39b2fa9eb9ffb6dc763fb35a179f80fae06ffc5d28b6ace5faa883de28a6",
            "val.en.gz 21650",
            "sha256:14f7d25ddd868909a9213e361768460edcacdd6ab9d1e77b92560dc10c10dc28",
            "val.de.gz 24681",
            "sha256:f0cba2f995189cf5770f29a8a9a537a3ad3f51657ad873405082ff6863a5e75a",
            "test_2016_flickr.en.gz 21077",
            "sha256:611d361c6334bc7246101d48097c13cf5c4413c5befc793cc629934359d532d9",
            "test_2016_flickr.de.gz 22890",
            "sha256:9204244e408ccb38d2a55cfcd344df15005fc42a07a6e55ca6c52b6ababb8cc8",
            "test_2017_flickr.en.gz 19138",
            "sha256:76a444ee25172e72695cddb13ae4a3bda59430617be88e0bb46b60504f054074",
            "test_2017_flickr.de.gz 21471",
            "sha256:a2c89666db00c495cd8513b9d708d5a3acc205d7de312ef2bf5fb7ebc1540aee",
        ),
    ),
    _treebank(
        "English-EWT",
        "en_ewt",
        "CC BY-SA 4.0",
        "train 13469758",
        "sha256:4e45f7b6f6d4e8d33e0ba7090fc37f2385a91711edb20d456d3fb5f45ac0fc28",
        "dev 1711407",
        "sha256:57703dcd3b04c32dda6cb7c2a9d836daf65c2b9141a670163693d230b46559c8",
        "test 1712757",
        "sha256:25ef2d6fe772b8f05be374e093693f14284ccdd870fc27a9295f7e5a0fc3253a",
    ),
    _treebank(
        "Korean-Kaist",
        "ko_kaist",
        "CC BY-SA 4.0",
        "train 18468775",
        "sha256:0590ead1a73eadb5578cdbae904b213913c9eb3d2afbc8c0ddd6711dfea586c0",
        "dev 1608054",
        "sha256:f510be6e7f12afc2a4614a04c1493a73111422c426fc47f9c8a57be46b33ffc5",
        "test 1778348",
        "sha256:6c18d9c8c415f760e89bf2f90fe47b8dda3dc469de7fbda9438387e8320befab",
    ),
    _treebank(
        "Korean-GSD",
        "ko_gsd",
        "CC BY-SA 4.0",
        "train 3446767",
        "sha256:2ed449cf0a91283c526fab93e0cb89736eb4fecaa9d0ed7b45ecf4fb14e3faa0",
        "dev 727020",
        "sha256:e5fb7a0fef26f7172751b2791112bbc9ae560940e4f1250b6a33f25716b5bbca",
        "test 708451",
        "sha256:875b8cf2223767c44c641c63a87fe266725c3e5ff0d7080732f7d5ba98eb4a19",
    ),
    _treebank(
        "German-GSD",
        "de_gsd",
        "CC BY-SA 4.0",
        "train 19412594",
        "sha256:7f04925f806a93ec00620631131fcdeb44aca239f8bcc732a29c53560bb8548f",
        "dev 897110",
        "sha256:26e994f0403f6de43a22302fd0f632408e32b95b05cf9318d049d51d0c98fbbf",
        "test 1197660",
        "sha256:1f04a5a571ef31b7b739d1cdb05ceb2db782c4ad9bbf46672f608caccf349403",
    ),
    _treebank(
        "Chinese-GSD",
        "zh_gsd",
        "CC BY-SA 4.0",
        "train 5461926",
        "sha256:6ea0360da58f6c8e8f9b9ccfed70a53df6e87bf7639e0daa50a2f10a4415741f",
        "dev 700109",
        "sha256:2857854b16c283d1df23fb10cf934fb4f4e6d2e1170ed90a554b6198e866da8c",
        "test 666332",
        "sha256:91ad218ebe00dc8f9e3091f8486bf87ef2f09cc21817fa24ec613866e9fe82ca",
    ),
    _treebank(
        "Hindi-HDTB",
        "hi_hdtb",
        "CC BY-NC-SA 4.0",
        "train 41243467",
        "sha256:63107dd93eecf94d2716010e73ce4f262612ebc3c41252c5acd2e5addd144744",
        "dev 5163402",
        "sha256:c2ddc8fb011fe5bb05fc0212193d8784d4e0dac3440d51d2719d7531fc0e564b",
        "test 5182812",
        "sha256:ac3b59cb13667dbac8b3b18e443bf2f1de950ea388e7e29aeb22f492413b6d58",
    ),
    _treebank(
        "Arabic-PADT",
        "ar_padt",
        "CC BY-NC-SA 3.0",
        "train 40657347",
        "sha256:a494df56a997d15bced36ff74b435583dfd41346dce53a3c46ecd8d0a00aadea",
        "dev 5392471",
        "sha256:94078bdef33a6daa7ad095911b1ac8d57cd6ae3c8da5173f084951b547defba7",
        "test 5158351",
        "sha256:6b7f1dfe3d92f03f9c266b6fc322352fa9e448a45570033dfe8363ccd56509ae",
    ),
)

CORPORA: dict[str, KnownCorpus] = {row.name: row for row in _ROWS}
