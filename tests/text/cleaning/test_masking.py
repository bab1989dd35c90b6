import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from textseq.text.cleaning import masking
from textseq.text.cleaning.steps import clean

URLS = [
    ("see http://a.b/c.", "see <url>."),
    ("(http://a.b/(c)), [https://a.b]!", "(<url>), [<url>]!"),
    ("https://en.wikipedia.org/wiki/A_(b) x", "<url> x"),
    ("<http://a.b> \"http://a.b\" 'http://a.b' «http://a.b»", "<<url>> \"<url>\" '<url>' «<url>»"),
    ("HTTP://A.COM ftp://x.y/z file:///tmp/x", "<url> <url> <url>"),
    ("http://127.0.0.1:8080/x?y=1&z=2#w, http://[::1]:80/", "<url>, <url>"),
    ("http://user:pass@host.org:80/ http://localhost/", "<url> <url>"),
    ("www.x.com, WWW.X.COM/y www. www", "<url>, <url> www. www"),
    ("example.com a-b.co.uk/x bit.ly/abc github.com:443/x", "<url> <url> <url> <url>"),
    ("end.It Node.js U.S. i.e./x e.g. a.b 1.2 x.community x.com.evil", None),
    ("me@example.com @x.com", None),
    ("http:// :// http://. xhttp://a.b", None),
    ("http://bücher.de/straße http://ko.wikipedia.org/wiki/한국 x", "<url> <url> x"),
    ("http://한국.kr/가 http://президент.рф", "<url> <url>"),
    ("보기http://naver.com에서, example.com으로", "보기<url>에서, <url>으로"),
    ("见http://a.b/c。然后（http://a.b）", "见<url>。然后（<url>）"),
    ("http://a.b\u3000x http://a.b\u00a0y", "<url>\u3000x <url>\u00a0y"),
]
EMAILS = [
    ("user@example.com, <first.last+tag@ex-ample.co.uk>.", "<email>, <<email>>."),
    ("mailto:me@x.org 'me@x.org'", "mailto:<email> '<email>'"),
    ("메일user@example.com으로", "메일<email>으로"),
    ("пётр@пример.рф x@xn--p1ai.xn--p1ai", "<email> <email>"),
    ("a@b a@b.c @name a @ b.com a@.com a@b.1", None),
]
NUMBERS = [
    ("3.14 1,000,000.5 -5 +3 \u22124 1e6 1.5E-3 .5", " ".join(["<number>"] * 8)),
    ("2nd x2 0x1f 5km 1e6x v2.0 A4 1.2x a1b \u00b2 \u00bd \u2163", None),
    ("10:30 1-2 3/4 $5.00 5% (-5) 5.", "<number>:<number> <number>-<number> <number>/<number> "
     "$<number> <number>% (<number>) <number>."),
    ("COVID-19 a-5", "COVID-<number> a-<number>"),
    ("2024년 第3章 5個 가-5", "<number>년 第<number>章 <number>個 가-<number>"),
    ("٣٫١٤ ١٬٠٠٠ २०२३ \uff11\uff12", "<number> <number> <number> <number>"),
    ("1\ufe0f\u20e3 2\u20e3", None),  # emoji
]  # fmt: skip
USERS = [
    ("@name: hi @first.last, RT @a_b! (@x)", "<user>: hi <user>, RT <user>! (<user>)"),
    ("@name님 안녕@name @小明 你好 @имя", "<user>님 안녕<user> <user> 你好 <user>"),
    ("@u@host.org x", "<user> x"),
    ("a@b.com a@b @ @3 5 @ 3 @@x https://a.b/@x c++@x", None),
]
KINDS = {"urls": URLS, "emails": EMAILS, "numbers": NUMBERS, "users": USERS}


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [(kind, text, expected) for kind, rows in KINDS.items() for text, expected in rows],
)
def test_known_answers(kind: str, text: str, expected: str | None):
    assert clean(text, [f"mask-{kind}"]) == (text if expected is None else expected)
    if expected is None:
        assert clean(text, [f"drop-{kind}"]) == text


@pytest.mark.parametrize(
    ("step", "text", "expected"),
    [
        ("drop-urls", "a http://x.y b (http://x.y).", "a  b ()."),
        ("drop-urls", "中http://x.y/ 文 가http://x.y가", "中 文 가 가"),
        ("drop-emails", "메일user@example.com으로 a@b.cd", "메일 으로 "),
        ("drop-numbers", "a 5 b 5% 第3章 1-2", "a  b % 第 章 -"),
        ("drop-users", "RT @x: 안@x녕", "RT : 안 녕"),
    ],
)
def test_dropping_joins_no_words(step: str, text: str, expected: str):
    assert clean(text, [step]) == expected


parts = st.sampled_from(
    [
        *"/@x가中1,.-e٣()é\u00a0_+ \n",
        "http://",
        "www.",
        "a.com",
        "a@b.kr",
        "<url>",
        ".kr",
        "https://",
    ]
)


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.lists(parts, max_size=12).map("".join))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_dropping_and_masking_find_the_same(kind: str, text: str):
    mask = f"<{kind[:-1]}>"
    masked, dropped = clean(text, [f"mask-{kind}"]), clean(text, [f"drop-{kind}"])
    assert masked.replace(mask, "").replace(" ", "") == dropped.replace(mask, "").replace(" ", "")
    assert clean(masked, [f"mask-{kind}"]).count(mask) >= masked.count(mask)


def test_masks_are_named_in_one_place():
    assert set(masking.MASKS) == {f"<{kind[:-1]}>" for kind in KINDS}


def test_real_mail_is_masked(data):
    text = (data / "messy" / "mbox-short.txt").read_text(encoding="ascii")
    masked = clean(text, ["mask-urls", "mask-emails", "mask-numbers"])
    assert masked.count("<email>") > 250
    assert masked.count("<url>") > 100
    assert "http://" not in masked
    assert masked.count("\n") == text.count("\n")
    left = [word for word in masked.split() if "@" in word and "." in word.partition("@")[2]]
    assert len(left) < 60, left[:20]
