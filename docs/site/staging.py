"""Copies the pages into a folder as MkDocs wants them; the repository's own stay as they are.

The folder has the layout of the repository, so that links and pictures need no change, but for two things:

  * the words behind the language of a fence, which docs/course/fences.py describes, become its title;
  * a source file that a page links to becomes a page that shows it.
"""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from course import CHAPTERS, ENTRANCE, EXERCISES, README, REPOSITORY, pages
from course.contents import TITLE
from course.excerpts import is_excerpt
from course.fences import Fence, fences_of
from course.listings import FILE, NEW, is_listing
from session_lexer import NAME as SESSION

THEME = Path(__file__).parent / "theme"
LEARNING = ("syllabus.md", "glossary.md", "book-index.md")  # pages about the book, where they are written
LANGUAGES = {".py": "python", ".conf": "ini"}
LINK = re.compile(r"(\]\()((?!https?:|#)[^)#\s]+\.(?:py|conf))(\))")
CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def all_pages() -> list[Path]:
    """Every page of the book and the pages around it."""
    about = [ENTRANCE.parent / name for name in LEARNING]
    around = [EXERCISES / "README.md", ENTRANCE.parent / "testing.md", *about]
    return [*pages(), *(page for page in around if page.exists())]


def navigation() -> list[dict[str, object]]:
    """The order of the pages, as MkDocs has it in `nav`."""
    chapters = [page for page in all_pages() if page.parent == CHAPTERS]
    around = [page for page in all_pages() if page not in (README, ENTRANCE, *chapters)]
    course = [{"From an empty file to a Redis": _place(ENTRANCE)}, *map(_entry, chapters)]
    return [{"The server": _place(README)}, {"The course": course}, *map(_entry, around)]


def _entry(page: Path) -> dict[str, object]:
    title = TITLE.search(page.read_text(encoding="utf-8"))
    assert title, f"{page.name} begins with a title"
    return {title[1]: _place(page)}


def _place(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


def stage(folder: Path) -> None:
    """Fills an empty folder with the pages, the pictures, and what the theme adds to each page."""
    shutil.copytree(REPOSITORY / "asset", folder / "asset")
    shutil.copytree(ENTRANCE.parent / "page", folder / "docs" / "page", ignore=shutil.ignore_patterns("*.md"))
    shutil.copytree(THEME, folder / "site")
    for page in all_pages():
        _write(folder / _place(page), staged(page))
        for source in sources_of(page):
            _write(folder / f"{_place(source)}.md", _source_page(source))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def staged(page: Path) -> str:
    """The page with a title for each fence, and with links to the pages of source files."""
    lines = page.read_text(encoding="utf-8").splitlines(keepends=True)
    for fence in fences_of(page):
        lines[fence.line - 2] = f"```{_language(fence)}{_title(fence)}\n"
    return _outside_code("".join(lines), lambda text: LINK.sub(r"\1\2.md\3", text))


def _outside_code(text: str, change: Callable[[str], str]) -> str:
    end, parts = 0, []
    for block in CODE.finditer(text):
        parts += [change(text[end : block.start()]), block[0]]
        end = block.end()
    return "".join(parts) + change(text[end:])


def _language(fence: Fence) -> str:
    return SESSION if fence.language == "console" else fence.language


def _title(fence: Fence) -> str:
    """What stands above the code: the file, and which names of it are shown."""
    if is_listing(fence):
        return f' title="{FILE}, from an empty file"' if NEW in fence.words else f' title="add to {FILE}"'
    if not is_excerpt(fence):
        return ""
    path, *names = fence.words
    shown = ", ".join(name.partition(":")[0] for name in names)
    return f' title="{path}{": " if shown else ""}{shown}"'


def sources_of(page: Path) -> Iterator[Path]:
    """The source files that a page links to."""
    for link in LINK.finditer(CODE.sub("", page.read_text(encoding="utf-8"))):
        yield (page.parent / link[2]).resolve()


def _source_page(source: Path) -> str:
    head = f"---\nsearch: {{exclude: true}}\n---\n# {_place(source)}\n\n"
    return f"{head}````{LANGUAGES[source.suffix]}\n{source.read_text(encoding='utf-8')}````\n"
