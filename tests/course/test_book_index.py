"""The index is true: it is what the pages say now, and each link leads to a section that names its entry."""

import re

from course import BOOK_INDEX
from course.book_index import anchor_of, check_book_index

UPDATE = "stale: python docs/check.py --update writes it again"
ENTRY = re.compile(r"^- `?([^`\n]+?)`?(?: in `[^`]+`)?: (.*)$", re.MULTILINE)
LINK = re.compile(r"\[\d+\]\((chapters/[^)#]+)#?([^)]*)\)")


def test_the_index_is_what_the_pages_say_now():
    assert not check_book_index(), UPDATE


def test_each_link_leads_to_a_section_that_names_the_entry():
    wrong = []
    for entry, links in ENTRY.findall(BOOK_INDEX.read_text(encoding="utf-8")):
        for page, anchor in LINK.findall(links):
            text = " ".join(section(page, anchor).split()).lower()
            if entry.lower() not in text:
                wrong.append((entry, page, anchor))
    assert not wrong, wrong


def section(page, anchor):
    """The text from one heading to the next; without an anchor it is the beginning of the page."""
    text = (BOOK_INDEX.parent / page).read_text(encoding="utf-8")
    head, *others = re.split(r"^## ", text, flags=re.MULTILINE)
    found = [other for other in others if anchor_of(other.partition("\n")[0]) == anchor]
    return found[0] if anchor else head


def test_each_kind_of_entry_is_found():
    entries = dict(ENTRY.findall(BOOK_INDEX.read_text(encoding="utf-8")))
    for entry, page in {
        "backlog": "19-replication",
        "SADD": "04-the-first-types",
        "CLIENT KILL": "03-the-command-table",
        "appendfsync": "13-aof",
        "cache/expiry.py": "08-expiry",
        "execute_pipeline": "05-the-lock",
    }.items():
        assert page in entries[entry], entry
