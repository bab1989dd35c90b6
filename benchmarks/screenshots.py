"""Pictures of the page of `textseq explore` in headless Chromium, and how fluently it moves.

In: a folder or file of word vectors, a word of it. Out, in benchmarks/results/ or --out:
explore.png (all words), explore-word.png (the word with its neighbours), explore-phone.png (the
same on a phone, in the dark); on stdout how long frames of a scripted pan and zoom take. It needs
playwright and a Chromium, its own or one of the system, and says so where one is missing. Frames
are timed by requestAnimationFrame; without a GPU, WebGL is drawn by the CPU, which the report
names.

    python benchmarks/screenshots.py VECTORS [--word king] [--words 50000] [--out FOLDER] [--write]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import report

from textseq.cli.folders import load_vectors
from textseq.config import ExplorerConfig
from textseq.vectors.show.explorer import write_explorer

DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True,
    "has_touch": True, "color_scheme": "dark",
}  # fmt: skip
FIRST = "performance.getEntriesByName('first picture')[0]?.startTime"
RENDERER = """() => {
  const info = gl?.getExtension("WEBGL_debug_renderer_info");
  return info ? gl.getParameter(info.UNMASKED_RENDERER_WEBGL) : "no WebGL";
}"""
# 120 frames; `work`: what the page does in one, drawn to the end; `shown`: from one to the next.
MOVE = """(zooms) => new Promise((done) => {
  const work = [], shown = [];
  let last = 0;
  showAll();
  setTimeout(() => requestAnimationFrame(function frame(now) {
    if (last) shown.push(now - last);
    last = now;
    const start = performance.now();
    if (zooms) zoomAt(shown.length < 60 ? 1.05 : 1 / 1.05, 400, 300);
    else moveBy(shown.length % 60 < 30 ? 5 : -5, shown.length % 40 < 20 ? 3 : -3);
    drawPoints();
    gl?.finish();
    drawLabels();
    work.push(performance.now() - start);
    if (shown.length < 120) requestAnimationFrame(frame);
    else done({work, shown});
  }), 600);
})"""


@contextmanager
def chromium() -> Iterator[Any]:
    """A headless browser, playwright's own or the system's; ModuleNotFoundError or RuntimeError
    that says what is missing."""
    from playwright.sync_api import Error, sync_playwright

    names = ("chromium", "chromium-browser", "google-chrome")
    system = next(filter(None, map(shutil.which, names)), None)
    flags = ["--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    if os.geteuid() == 0:  # for whom its sandbox does not work
        flags.append("--no-sandbox")
    with sync_playwright() as started:
        try:
            browser = started.chromium.launch(executable_path=system, args=flags)
        except Error as error:
            why = str(error).strip().partition("\n")[0]
            raise RuntimeError(
                f"no Chromium starts ({why}); `playwright install chromium`"
            ) from None
        yield browser
        browser.close()


def opened(browser: Any, path: Path, options: dict[str, Any]) -> Any:
    """A page that shows its first picture."""
    page = browser.new_context(**options).new_page()
    page.goto(path.as_uri())
    page.wait_for_function(FIRST, timeout=120_000)
    return page


def time_frames(browser: Any, path: Path) -> list[str]:
    """When the first picture is there, and the frames of a pan and a zoom, a line each."""
    first = []
    for _ in range(5):
        page = opened(browser, path, DESK)
        first.append(page.evaluate(FIRST))
    lines = [
        f"browser: Chromium {browser.version}, headless, 1280 x 800; {page.evaluate(RENDERER)}",
        f"first picture after {statistics.median(first):.0f} ms (median of 5)",
    ]
    for name, zooms in (("pan", False), ("zoom", True)):
        found = page.evaluate(MOVE, zooms)
        work, shown = (sorted(found[kind]) for kind in ("work", "shown"))
        worst = int(0.95 * len(shown))
        lines.append(
            f"{name} of 120 frames: work of a frame {statistics.median(work):.1f} ms (median), "
            f"{work[worst]:.1f} ms (95 %); between frames {statistics.median(shown):.1f} ms "
            f"(median), {shown[worst]:.1f} ms (95 %); {1000 / statistics.mean(shown):.0f} frames/s"
        )
    return lines


def take(browser: Any, path: Path, word: str, folder: Path, name: str) -> list[Path]:
    """All words, one word, and that on a phone, as PNG files."""
    files = [folder / f"{name}{kind}.png" for kind in ("", "-word", "-phone")]
    for options, file, is_near in zip((DESK, DESK, PHONE), files, (False, True, True), strict=True):
        page = opened(browser, path, options)
        if is_near:
            page.fill("#search", word)
            page.keyboard.press("Enter")
        page.wait_for_timeout(1500)  # until it has flown there
        page.evaluate("document.activeElement.blur()")
        page.screenshot(path=file)
    return files


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--word", default="king", help="that is looked at")
    parser.add_argument("--words", type=int, default=50_000, help="at most 65,536")
    parser.add_argument("--out", type=Path, default=report.RESULTS, help="where the pictures go")
    parser.add_argument("--name", default="explore", help="what they are called")
    parser.add_argument("--page", type=Path, help="a page that is there already")
    report.add_write_option(parser, "screenshots.txt")
    given = parser.parse_args()
    try:
        with chromium() as browser, tempfile.TemporaryDirectory() as folder:
            path = given.page
            if path is None:
                path = Path(folder) / "page.html"
                vectors = load_vectors(given.vectors)
                write_explorer(vectors, path, ExplorerConfig(words=given.words))
            given.out.mkdir(parents=True, exist_ok=True)
            path = path.resolve()
            for file in take(browser, path, given.word, given.out, given.name):
                print(file)
            lines = time_frames(browser, path)
    except (ModuleNotFoundError, RuntimeError) as error:
        print(f"no pictures: {error}", file=sys.stderr)
        return
    load = f"load when it ended: {os.getloadavg()[0]:.1f}"
    text = "\n".join([report.head(["playwright"]), load, "", *lines])
    report.publish(text, "screenshots.txt", write=given.write)


if __name__ == "__main__":
    main()
