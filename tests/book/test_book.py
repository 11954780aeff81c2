"""The book: its sources fit together, and what is built of them needs no other host."""

import re
from pathlib import Path

import jupytext
import pytest
import yaml
from bs4 import BeautifulSoup
from pybtex.database import parse_file

ROOT = Path(__file__).parents[2]
BOOK = ROOT / "book"
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
TOC = yaml.safe_load((BOOK / "_toc.yml").read_text())
CHAPTERS = [chapter["file"] for part in TOC["parts"] for chapter in part["chapters"]]
SCRIPTS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.py"))


def sources() -> dict[str, str]:
    """The text of every page and notebook."""
    return {path.name: path.read_text() for path in [*sorted(BOOK.glob("*.md")), *SCRIPTS]}


def test_contents_list_every_page_once():
    pages = [TOC["root"], *(name for name in CHAPTERS if not name.startswith("notebooks/"))]
    assert sorted(pages) == sorted(path.stem for path in BOOK.glob("*.md"))


def test_contents_list_every_notebook_in_order():
    listed = [name for name in CHAPTERS if name.startswith("notebooks/")]
    if not SCRIPTS:
        pytest.skip("there is no notebook yet: the contents are not compared with them")
    assert listed == [f"notebooks/{path.stem}" for path in SCRIPTS]


def test_book_shows_what_papermill_ran_and_nothing_else():
    assert CONFIG["execute"]["execute_notebooks"] == "off"
    assert CONFIG["only_build_toc_files"] is True  # below `execute` it would be ignored
    assert CONFIG["repository"] == {"url": "", "path_to_book": "", "branch": "main"}


def test_every_citation_has_its_entry_and_every_entry_is_cited():
    entries = parse_file(str(BOOK / "references.bib")).entries
    groups = re.findall(r"{cite(?::\w+)?}`([^`]+)`", "\n".join(sources().values()))
    assert {key.strip() for group in groups for key in group.split(",")} == set(entries)


def test_mathjax_is_vendored_whole():
    settings = CONFIG["sphinx"]["config"]
    [assets] = settings["html_static_path"]
    # Jupyter Book loads each script below a folder of this name on every page, MathJax twice.
    assert assets != "_static"
    script = BOOK / assets / settings["mathjax_path"]
    wanted = set(re.findall(r"%%URL%%/(MathJax_[\w-]+\.woff)", script.read_text()))
    fonts = script.parent / "output" / "chtml" / "fonts" / "woff-v2"
    assert len(wanted) > 10
    assert wanted <= {path.name for path in fonts.iterdir()}
    version = re.search(r"MathJax (\d+\.\d+\.\d+)", (script.parent / "README.md").read_text())[1]
    assert f'"{version}"' in script.read_text()
    assert (script.parent / "LICENSE").is_file()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_every_figure_has_a_caption_a_name_and_alternative_text(script):
    for cell in jupytext.read(script).cells:
        shown = cell.metadata.get("mystnb", {})
        if "plt.show" in cell.source or "figure" in shown:
            assert shown["figure"]["caption"]
            assert shown["figure"]["name"]
            assert shown["image"]["alt"]


def test_every_image_of_a_page_has_alternative_text():
    for name, text in sources().items():
        assert "![](" not in text, name
        for options in re.findall(r"```{(?:image|figure)}[^\n]*\n(.*?)```", text, re.DOTALL):
            assert ":alt:" in options, name


def test_built_book_holds_every_page(built_book):
    for name in [TOC["root"], *CHAPTERS]:
        assert (built_book / f"{name}.html").is_file()


def test_built_book_fetches_nothing_from_another_host(built_book):
    for page in built_book.rglob("*.html"):
        for tag in BeautifulSoup(page.read_text(), "html.parser").find_all(True):
            for attribute in ("src", "srcset", "data", "href", "action"):
                address = str(tag.get(attribute, ""))
                if tag.name == "a" and attribute == "href":
                    continue  # a link is followed by the reader
                assert not re.match(r"(https?:)?//", address), f"{page.name}: {tag.name} {address}"
    for sheet in built_book.rglob("*.css"):
        assert not re.search(r"(@import|url\()\s*['\"]?(https?:)?//", sheet.read_text()), sheet.name


def test_built_pages_have_one_title_and_alternative_texts(built_book):
    for name in [TOC["root"], *CHAPTERS]:
        article = BeautifulSoup((built_book / f"{name}.html").read_text(), "html.parser").article
        assert len(article.find_all("h1")) == 1, name
        for image in article.find_all("img"):
            assert image.get("alt", "").strip(), f"{name}: {image['src']}"
            # Sphinx puts the file's name where there is no text
            assert "_images/" not in image["alt"], f"{name}: {image['src']}"


def test_built_book_has_no_button_without_an_address(built_book):
    text = "".join(page.read_text() for page in built_book.rglob("*.html"))
    for host in ("mybinder.org", "colab.research.google.com", "executablebooks"):
        assert host not in text
