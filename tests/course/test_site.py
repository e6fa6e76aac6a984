"""The book as a site: what becomes of the pages, and that the site can be built and needs no other host."""

import re
import subprocess
import sys

import pytest
import staging
from course import REPOSITORY
from pygments.token import Generic, Keyword
from session_lexer import SessionLexer

LOADED = re.compile(r"""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)=["']?(https?:|//)[^>]*>""")


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """A page with one fence of each kind, as the site has it, in lines."""
    page = tmp_path_factory.mktemp("book") / "01-page.md"
    page.write_text(
        "[a link](../redis_clone/x.py) [another](other.md)\n"
        '```python redis_clone/x.py f "g: a ... b"\n[i](x.py)\n```\n'
        "```python my_redis.py\n```\n```python my_redis.py new\n```\n```python\n```\n```console\n```\n"
    )
    return staging.staged(page).splitlines()


def test_the_words_behind_the_language_become_the_title(written):
    assert [line for line in written if len(line) > 3 and line.startswith("```")] == [
        '```python title="redis_clone/x.py: f, g"',
        '```python title="add to my_redis.py"',
        '```python title="my_redis.py, from an empty file"',
        "```python",
        "```session",
    ]


def test_a_link_to_a_source_file_leads_to_its_page_and_code_stays_as_it_is(written):
    assert written[0] == "[a link](../redis_clone/x.py.md) [another](other.md)"
    assert written[2] == "[i](x.py)"


def test_what_is_typed_in_a_session_differs_from_what_comes_back():
    session = "$ python x.py\nada> GET a\n(nil)\n-- server\n"
    assert list(SessionLexer().get_tokens(session)) == [
        (Generic.Prompt, "$ "),
        (Keyword.Namespace, "python x.py\n"),
        (Generic.Prompt, "ada> "),
        (Keyword.Namespace, "GET a\n"),
        (Generic.Output, "(nil)\n"),
        (Generic.Subheading, "-- server\n"),
    ]


def test_every_chapter_stands_in_the_navigation():
    course = staging.navigation()[1]["The course"]
    assert len(course) == 1 + len(list((REPOSITORY / "docs" / "chapters").glob("*.md")))


def build(*words):
    return subprocess.run(
        [sys.executable, *words], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )


def test_without_mkdocs_one_line_says_how_to_install_it():
    done = build("-S", "docs/site")  # without any package that is installed
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "pip install" in done.stderr


@pytest.mark.slow
def test_the_site_is_built_without_a_warning_and_loads_nothing_from_another_host(tmp_path):
    pytest.importorskip("material")
    done = build("docs/site", "--output", str(tmp_path / "site"))
    assert done.returncode == 0, done.stderr
    pages = list((tmp_path / "site").rglob("*.html"))
    loaded = [found[0] for page in pages for found in LOADED.finditer(page.read_text(encoding="utf-8"))]
    assert len(pages) > 25 and not loaded, loaded
