"""The book as a browser shows it: equations set, figures loaded, no error, no request to another host."""

import json
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

pytestmark = pytest.mark.browser

TOC = yaml.safe_load((Path(__file__).parents[2] / "book" / "_toc.yml").read_text())
PAGES = [TOC["root"], *(c["file"] for part in TOC["parts"] for c in part["chapters"])]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# The first runs before anything else can fail, the second once all has been drawn.
WATCH = """<script>
const faults = [];
const note = text => faults.push(String(text));
addEventListener("error", e => note(e.message || e.target.src || e.target.href), true);
addEventListener("unhandledrejection", e => note(e.reason));
for (const kind of ["error", "warn"]) {
  const original = console[kind];
  console[kind] = (...parts) => { note(parts.join(" ")); original(...parts); };
}
</script>"""
REPORT = """<script>
addEventListener("load", async () => {
  if (window.MathJax) await MathJax.startup.promise;
  await document.fonts.ready;
  const all = selector => [...document.querySelectorAll(selector)];
  const report = {
    faults,
    equations: all(".math").length,
    set: all(".math mjx-container").length,
    misset: all("mjx-merror").map(e => e.textContent),
    widths: all("article img").map(i => [i.src, i.naturalWidth]),
    fonts: [...document.fonts].filter(f => f.status == "error").map(f => f.family),
    mathfonts: [...document.fonts].filter(f => f.family.startsWith("MJX") && f.status == "loaded").length,
    fetched: performance.getEntriesByType("resource").map(e => e.name),
    wider: document.documentElement.scrollWidth - innerWidth,
  };
  const out = document.createElement("script");
  out.type = "application/json";
  out.id = "report";
  out.textContent = JSON.stringify(report);
  document.body.append(out);
});
</script>"""


@pytest.fixture(scope="session")
def watched(built_book, tmp_path_factory):
    """A copy of the book whose pages report what became of them."""
    book = tmp_path_factory.mktemp("browser") / "html"
    shutil.copytree(built_book, book)
    for page in book.rglob("*.html"):
        text = page.read_text().replace("<head>", f"<head>{WATCH}", 1)
        page.write_text(text.replace("</body>", f"{REPORT}</body>", 1))
    return book


@pytest.fixture(scope="session")
def look(watched, tmp_path_factory):
    """Return a function that opens a page and returns its report."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip("chromium is not installed: the book is not opened in a browser")
    profile = tmp_path_factory.mktemp("profile")

    @cache
    def look(page: str, width: int = 1400) -> dict:
        command = [
            browser,
            *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
            *("--disable-background-networking", "--no-first-run", f"--user-data-dir={profile}"),
            *("--virtual-time-budget=8000", f"--window-size={width},1200", "--dump-dom"),
            *("--allow-file-access-from-files", "--host-resolver-rules=MAP * ~NOTFOUND"),
            (watched / f"{page}.html").as_uri(),
        ]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=120)
        report = BeautifulSoup(answer.stdout, "html.parser").find(id="report")
        assert report is not None, f"{page} did not finish loading: {answer.stderr[-2000:]}"
        return json.loads(report.string)

    return look


@pytest.mark.parametrize("page", PAGES)
def test_page_shows_all_it_holds(look, page):
    report = look(page)
    assert report["faults"] == []
    assert report["set"] == report["equations"]
    assert report["misset"] == []
    assert report["fonts"] == []
    assert [source for source, width in report["widths"] if width == 0] == []
    assert [name for name in report["fetched"] if not re.match(r"(file|data|blob):", name)] == []
    assert report["wider"] <= 0


def test_pages_hold_equations_and_figures_to_judge_by(look):
    """Guards the test above: were there none of them, it would pass."""
    methods = look("methods")
    assert methods["equations"] > 10
    assert methods["mathfonts"] > 0
    for page in PAGES:
        if page.startswith("notebooks/"):
            assert look(page)["widths"]


@pytest.mark.parametrize("page", ["claims", "methods", "rerun"])
def test_wide_tables_and_code_fit_a_narrow_screen(look, page):
    assert look(page, width=500)["wider"] <= 0


def test_a_missing_figure_is_found_out(look, watched):
    """Guards the tests above: a page with a broken figure and a broken script must not pass."""
    broken = '<article><img src="gone.png"></article><script src="gone.js"></script>'
    (watched / "broken.html").write_text(f"<html><head>{WATCH}</head><body>{broken}{REPORT}</body></html>")
    report = look("broken")
    assert len(report["faults"]) == 2
    assert report["widths"][0][1] == 0
