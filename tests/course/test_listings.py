"""The reader's file grows by the rule that the book tells: new at the end, known in its place."""

from course import pages
from course.fences import Fence, fences_of
from course.listings import extended, file_after, file_at, is_listing, merged

BEGIN = '''\
"""A server."""

import sys


class Client:
    """One connection."""

    left = False

    def handle(self):
        return 1


def run():
    return 1


if __name__ == "__main__":
    run()
'''


def test_what_is_new_comes_above_the_last_lines():
    longer = merged(BEGIN, "# a comment\n@wrapped\ndef stop():\n    return 0\n")
    end = (
        '    return 1\n\n\n# a comment\n@wrapped\ndef stop():\n    return 0\n\n\nif __name__ == "__main__":\n'
    )
    assert end in longer


def test_what_is_known_takes_its_place():
    assert merged(BEGIN, "def run():\n    return 2\n") == BEGIN.replace(
        "run():\n    return 1", "run():\n    return 2"
    )
    assert merged(BEGIN, 'if __name__ == "__main__":\n    stop()\n').endswith(":\n    stop()\n")


def test_imports_go_to_the_others_in_their_order():
    longer = merged(BEGIN, "import os\nimport time\nfrom types import SimpleNamespace\n")
    assert "import os\nimport sys\nimport time\nfrom types import SimpleNamespace\n\n\nclass" in longer
    assert merged(BEGIN, "import sys\n") == BEGIN


def test_a_class_that_is_known_keeps_its_other_methods():
    longer = merged(BEGIN, "class Client:\n    name = b''\n\n    def handle(self):\n        return 2\n")
    assert (
        "    left = False\n    name = b''\n\n    def handle(self):\n        return 2\n\n\ndef run" in longer
    )
    longer = merged(BEGIN, "class Client:\n    # why\n    def finish(self):\n        return 3\n")
    assert "        return 1\n\n    # why\n    def finish(self):\n        return 3\n\n\ndef run" in longer
    assert longer.count("class Client") == 1


def test_a_class_without_attributes_gets_one_behind_its_docstring():
    bare = BEGIN.replace("    left = False\n\n", "")
    assert merged(bare, "class Client:\n    left = False\n") == BEGIN


def test_a_listing_may_begin_the_file_anew(tmp_path):
    fence = Fence(tmp_path, 1, "python", ("my_redis.py", "new"), "print()\n")
    assert is_listing(fence) and extended(BEGIN, fence) == "print()\n"
    other = Fence(tmp_path, 1, "python", ("redis_clone/errors.py",), "print()\n")
    assert not is_listing(other) and extended(BEGIN, other) == BEGIN


def test_the_file_of_each_chapter_is_a_program():
    for chapter in range(1, 9):
        compile(file_after(chapter), f"chapter {chapter}", "exec")


def test_before_the_first_page_and_outside_of_the_book_there_is_no_file(tmp_path):
    assert file_after(0) == ""
    assert file_at(Fence(tmp_path, 1, "python", (), "")) == ""


def test_a_fence_has_the_file_that_the_listings_above_it_make():
    sessions = [fence for page in pages() for fence in fences_of(page) if fence.language == "console"]
    of_chapter_9 = next(fence for fence in sessions if fence.page.name.startswith("09"))
    assert file_at(of_chapter_9) == file_after(8)
