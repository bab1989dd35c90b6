"""The page in a browser: typed, clicked, dragged and pinched as people do.

Skips without playwright and a Chromium, playwright's own or one of the system.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from textseq.config import ExplorerConfig, ProjectionConfig
from textseq.text.vocab import Vocab
from textseq.vectors.show.explorer import write_explorer
from textseq.vectors.word_vectors import WordVectors

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api")

NASTY = ["</script>", "<img src=x onerror=bad()>", "<b>bold</b>", "서울", "ملكة"]
WORDS = ["king", "queen", "man", "woman", *NASTY, *(f"word{number}" for number in range(300))]
SOFTWARE_GL = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="module")
def model() -> WordVectors:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((len(WORDS), 12))
    royal, male, female = rng.standard_normal((3, 12))
    rows[:4] = [royal + male, royal + female, male, female]
    return WordVectors(Vocab(WORDS, specials=()), rows.astype(np.float32))


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    names = ("chromium", "chromium-browser", "google-chrome")
    system = next(filter(None, map(shutil.which, names)), None)
    # Chromium's own sandbox does not work for root.
    flags = [*SOFTWARE_GL, *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with playwright.sync_playwright() as started:
        try:
            found = started.chromium.launch(executable_path=system, args=flags)
        except playwright.Error:
            pytest.skip("no Chromium is there")
        yield found
        found.close()


@pytest.fixture(scope="module")
def path(model: WordVectors, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("page") / "page.html"
    config = ExplorerConfig(neighbours=5, clusters=3)
    write_explorer(model, found, config, ProjectionConfig(method="pca"))
    return found


@pytest.fixture
def page(browser: Any, path: Path, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The open page; at the end it has asked no host and complained of nothing."""
    options = getattr(request, "param", {"viewport": {"width": 1000, "height": 700}})
    context = browser.new_context(**options)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("console", lambda message: wrong.append(message.text))
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on(
        "request", lambda asked: wrong.append(asked.url) if "page.html" not in asked.url else 0
    )
    opened.goto(path.as_uri())
    opened.wait_for_function("view.scale > 100")
    yield opened
    assert wrong == []
    context.close()


def texts(page: Any, selector: str) -> list[str]:
    found: list[str] = page.locator(selector).all_text_contents()
    return found


def screen_of(page: Any, word: str) -> tuple[float, float]:
    """Where a word's point is, in the window."""
    found = page.evaluate(f"toScreen(x(ids.get({word!r})), y(ids.get({word!r})))")
    return found[0], found[1]


def settle(page: Any) -> None:
    """Wait until nothing flies any more."""
    page.wait_for_timeout(600)


def test_points_are_drawn(page: Any):
    drawn = page.evaluate(
        """() => {
          drawPoints();
          const n = gl.drawingBufferWidth * gl.drawingBufferHeight;
          const pixels = new Uint8Array(4 * n);
          gl.readPixels(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight, gl.RGBA,
                        gl.UNSIGNED_BYTE, pixels);
          return pixels.filter((value, at) => at % 4 === 3 && value > 0).length;
        }"""
    )
    assert drawn > len(WORDS)  # most words have a pixel of their own, the first more than one


def test_typing_a_word_shows_its_neighbours(page: Any, model: WordVectors):
    page.fill("#search", "QUE")
    assert texts(page, "#completions li") == ["queen"]
    page.keyboard.press("Enter")
    assert texts(page, "#word") == ["queen"]
    nearest = model.nearest("queen", 5)
    assert texts(page, "#neighbours li span:first-of-type") == [each.word for each in nearest]
    assert texts(page, "#neighbours li span:last-child") == [
        f"{each.similarity:.3f}" for each in nearest
    ]
    page.locator("#neighbours li button").first.click()
    assert texts(page, "#word") == [nearest[0].word]


def test_completion_by_keys(page: Any):
    page.fill("#search", "word1")
    assert texts(page, "#completions li")[:3] == ["word1", "word10", "word11"]
    for key in ("ArrowDown", "ArrowDown", "ArrowUp", "Enter"):
        page.press("#search", key)
    assert texts(page, "#word") == ["word10"]
    page.fill("#search", "nothing like it")
    assert texts(page, "#completions li") == []
    page.press("#search", "Enter")
    assert texts(page, "#word") == ["word10"]


def test_clicking_a_point(page: Any):
    for word in ("king", "서울"):
        page.evaluate(f"goTo(ids.get({word!r}))")
        settle(page)
        page.evaluate("select(-1)")
        assert page.locator("#selected").is_hidden()
        page.mouse.click(*screen_of(page, word))
        assert texts(page, "#word") == [word]


def test_words_that_look_like_html_are_text(page: Any):
    for word in NASTY:
        page.fill("#search", word)
        assert texts(page, "#completions li")[0] == word
        page.keyboard.press("Enter")
        assert texts(page, "#word") == [word]
    assert page.locator("img, b").count() == 0
    assert page.evaluate("document.scripts.length") == 7  # six with data, and ours


def test_dragging_and_the_wheel(page: Any):
    before = screen_of(page, "king")
    page.mouse.move(300, 300)
    page.mouse.down()
    page.mouse.move(340, 290, steps=4)
    page.mouse.up()
    after = screen_of(page, "king")
    assert np.allclose(np.subtract(after, before), (40, -10), atol=0.5)
    assert page.locator("#selected").is_hidden()  # a drag is no click
    under = page.evaluate("[view.x + (200 - size.width / 2) / view.scale, view.scale]")
    page.mouse.move(200, 350)
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"view.scale > 1.2 * {under[1]}")
    still = page.evaluate("view.x + (200 - size.width / 2) / view.scale")
    assert np.isclose(still, under[0], atol=1e-6)


def test_keys_of_the_map(page: Any):
    page.focus("#labels")
    start = page.evaluate("({...view})")
    for key in ("ArrowRight", "ArrowUp", "+"):
        page.keyboard.press(key)
    moved = page.evaluate("({...view})")
    assert moved["x"] > start["x"]
    assert moved["y"] > start["y"]
    assert moved["scale"] > start["scale"]
    page.keyboard.press("0")
    settle(page)
    assert page.evaluate("[view.x, view.y, view.scale]") == [0.5, 0.5, start["scale"]]
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"


def test_an_analogy(page: Any):
    for name, word in {"a": "man", "b": "king", "c": "woman"}.items():
        page.fill(f"#{name}", word)
    page.click("#analogy button")
    assert texts(page, "#answers li span:first-of-type")[0] == "queen"
    page.fill("#c", "womn")
    page.click("#analogy button")
    assert texts(page, "#unknown") == ["not on this page: womn"]
    assert texts(page, "#answers li") == []


def test_vectors_of_4_bits(page: Any):
    """What the page makes of two numbers in a byte, in the place of its own."""
    found = page.evaluate(
        """() => {
          meta.bits = 4;
          $("data-vectors").textContent = btoa(String.fromCharCode(0x1f, 0x87));
          loadVectors();
          return [...vectors];
        }"""
    )
    assert found == [-7, 7, 0, -1]


def test_a_group_alone(page: Any):
    page.locator("#legend button").nth(1).click()
    assert page.evaluate("chosenGroup") == 1
    other = page.evaluate("[...groups].findIndex((group) => group !== 1)")
    page.evaluate(f"goTo({other})")  # brings the others back
    assert page.evaluate("chosenGroup") == -1


PHONE = {"viewport": {"width": 390, "height": 700}, "has_touch": True, "is_mobile": True,
         "device_scale_factor": 2, "color_scheme": "dark"}  # fmt: skip


@pytest.mark.parametrize("page", [PHONE], indirect=True)
def test_a_phone(page: Any):
    assert page.evaluate("isDark")
    box = page.locator("aside").bounding_box()
    assert box["y"] > 300  # below the map
    page.evaluate("goTo(ids.get('king'))")
    settle(page)
    page.evaluate("select(-1)")
    page.touchscreen.tap(*screen_of(page, "king"))
    assert texts(page, "#word") == ["king"]
    scale = page.evaluate("view.scale")
    session = page.context.new_cdp_session(page)

    def touch(kind: str, *at: int) -> None:
        points = [{"x": x, "y": 200, "id": number} for number, x in enumerate(at)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 150, 250)
    touch("touchMove", 100, 300)
    touch("touchEnd")
    assert np.isclose(page.evaluate("view.scale"), 2 * scale, rtol=0.05)
