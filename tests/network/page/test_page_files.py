"""The files of the page: what can be said of them without a browser."""

import re
from importlib import resources

from redis_clone.network import page
from redis_clone.server.inspection.values import REGISTER_SIGNS

FILES = {
    file.name: file.read_text(encoding="utf-8")
    for file in resources.files(page).iterdir()
    if file.name.endswith((".html", ".css", ".js"))
}
SCRIPTS = {name: text for name, text in FILES.items() if name.endswith(".js")}


def test_no_script_makes_markup_or_code_of_a_text():
    """So the name of a key is text, whatever it is."""
    for name, text in SCRIPTS.items():
        for dangerous in (
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
        ):
            assert dangerous not in text, name


def test_the_page_asks_no_other_host_for_anything():
    for name, text in FILES.items():
        others = set(re.findall(r"https?://[^\s\"'`]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not others and "@import" not in text and "url(" not in text, name


def test_what_the_files_name_is_there():
    named = re.findall(r"(?:src|href)=\"([\w.]+)\"", FILES["index.html"])
    for text in SCRIPTS.values():
        named += re.findall(r"from \"\./([\w.]+)\"", text)
    assert "main.js" in named and set(named) <= FILES.keys()
    assert set(named) | {"index.html"} == FILES.keys(), "a file that nobody names is never loaded"


def test_each_action_of_a_button_is_one_that_main_knows():
    used = set(re.findall(r"data-action\"?[=:] ?\"(\w+)\"", "\n".join(FILES.values())))
    known = FILES["main.js"].partition("const ACTIONS = {")[2].partition("\n};")[0]
    assert used and used <= set(re.findall(r"^  (\w+):", known, re.MULTILINE))


def test_the_page_has_a_place_for_each_panel():
    panels = FILES["main.js"].partition("const PANELS = {")[2].partition("}")[0]
    names = {part.partition(":")[0].strip() for part in panels.split(",") if part.strip()}
    assert names | {"lock"} == set(re.findall(r"<section id=\"(\w+)\"", FILES["index.html"]))


def test_both_sides_write_the_registers_with_the_same_signs():
    assert f'"{REGISTER_SIGNS}"' in FILES["registers.js"]
