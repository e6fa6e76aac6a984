"""The scripts in scripts/ are what a cluster says and does, word for word; script.py explains their form."""

import pytest
from script import FOLDER, Script


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_the_script_is_what_follows_from_its_events(path):
    text = path.read_text()
    assert Script().run(text) == text, "rewrite it by: python tests/features/cluster/script.py --update"
