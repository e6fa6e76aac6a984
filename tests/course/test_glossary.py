"""The glossary is true: each term is used where its link leads, and no term that matters is missing."""

import re

from course import GLOSSARY
from course.book_index import PYTHON
from course.chapters import chapters

ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| \[(\d+)\]\(chapters/([^)]+)\) \|$", re.MULTILINE)
ROWS = ROW.findall(GLOSSARY.read_text(encoding="utf-8"))
TEXTS = {  # without Python: a term is explained in words
    chapter.page.name: PYTHON.sub("", chapter.page.read_text(encoding="utf-8")) for chapter in chapters()
}

# What a reader of the code meets in names and docstrings; a word that the book does not use needs no entry.
TERMS_OF_THE_CODE = """
    access field, ACL log, argv, AUX, baseline, blocked client, command trace, container, copy-on-write,
    drain, lazyfree, LFU counter, LRU clock, op, output buffer, pipeline, propagated transaction, ready key,
    round trip, snapshot view, spec, subcommand, time slice, timing wheel, unblock, wake-up pipe
"""


def uses(text, term):
    words = r"\s+".join(map(re.escape, term.split()))
    return re.search(rf"\b{words}(?:e?s|e?d)?\b", text, re.IGNORECASE) is not None


def test_each_term_is_used_in_the_chapter_that_explains_it():
    wrong = [term for term, _, _, page in ROWS if not uses(TEXTS[page], term)]
    assert len(ROWS) > 60 and not wrong, wrong


def test_every_line_of_the_table_is_an_entry_with_its_chapter():
    lines = [line for line in GLOSSARY.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(lines) == len(ROWS) + 2  # the head, and the line below it
    wrong = [page for _, _, number, page in ROWS if int(page[:2]) != int(number)]
    assert not wrong, wrong


def test_the_terms_are_in_order_and_each_is_a_sentence():
    terms = [term.lower() for term, *_ in ROWS]
    assert terms == sorted(set(terms))
    wrong = [term for term, text, *_ in ROWS if not text.endswith(".")]
    assert not wrong, wrong


def test_the_terms_of_the_code_that_the_book_uses_are_explained():
    terms = [" ".join(term.split()) for term in TERMS_OF_THE_CODE.split(",")]
    known = {term for term, *_ in ROWS}
    used = [term for term in terms if any(uses(text, term) for text in TEXTS.values())]
    missing = [term for term in used if term not in known]
    assert len(used) > 20 and not missing, missing
