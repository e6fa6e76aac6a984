"""The page in a real browser, where there is one: `pip install playwright`, and chromium of the system."""

import pytest
from browser import expect, launched, opener
from harness import Client, free_port, our_server, started

pytestmark = pytest.mark.slow
MARKUP = b"<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def served():
    """The port of a server and of its page."""
    port = free_port()
    with our_server(page=str(port)) as address:
        yield address, port


@pytest.fixture
def redis(served):
    client = Client(served[0])
    client("FLUSHALL")
    yield client
    client.leave()


@pytest.fixture
def open_page(chromium, served):
    """Opens the page with a hash; a message of the browser about a fault of it fails the test."""
    with opener(chromium, served[1]) as open_:
        yield open_


def test_a_key_whose_name_is_markup_is_text_and_its_link_opens_it_again(open_page, redis):
    redis("SET", MARKUP, "hello")
    page = open_page()
    page.get_by_role("button", name=MARKUP.decode(), exact=True).click()
    page.wait_for_selector("#key .text")
    assert page.locator("#key h3").inner_text() == MARKUP.decode()
    again = open_page("#" + page.evaluate("location.hash").removeprefix("#"))
    again.wait_for_selector("#key .text")
    assert again.locator("#key .text").inner_text() == "hello"


def test_a_tree_grows_and_shows_which_nodes_a_rotation_has_moved(open_page, redis):
    redis("ZADD z 1 a 2 b")
    page = open_page("#key=z")
    expect(page.locator("#key circle")).to_have_count(2)
    redis("ZADD z 3 c")
    expect(page.locator("#key circle")).to_have_count(3)
    assert page.locator("#key .moved").count() > 0
    assert "a 1, b 2, c 3" in page.locator("#key svg").get_attribute("aria-label")


def test_a_command_is_halted_stepped_and_resumed_by_keys(open_page, redis):
    page = open_page()
    page.wait_for_selector("#live:not(.off)")
    page.keyboard.press("h")
    page.wait_for_selector("body.halted")
    redis.send("SET greeting hello")
    held = page.locator("#held b")
    for station in ("wait for the lock", "take the lock", "find"):
        expect(held).to_have_text(station)
        page.keyboard.press("s")
    page.keyboard.press("r")
    assert redis.read() == "OK"
    page.wait_for_selector("body:not(.halted)")


def test_one_panel_fills_the_page_and_the_link_says_so(open_page, redis):
    page = open_page()
    page.keyboard.press("3")
    page.wait_for_selector("#lock.large")
    assert page.evaluate("location.hash") == "#panel=lock"
    page.keyboard.press("Escape")
    page.wait_for_selector("#connections:visible")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_stands_beside_the_page_at_any_width(open_page, redis, width):
    redis("RPUSH", "queue", *[f"job-{number}" for number in range(600)])
    redis("SET", b"x" * 200, b"y" * 500)
    page = open_page("#key=queue", viewport={"width": width, "height": 800})
    page.wait_for_selector("#key .block")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_page_outlives_the_server_and_comes_back_with_it(chromium):
    port, redis_port = free_port(), free_port()
    words = ["--port", str(redis_port), "--page", str(port)]
    page = chromium.new_page()
    with started(*words):
        page.goto(f"http://127.0.0.1:{port}/#key=back")
        page.wait_for_selector("#live:not(.off)")
    page.wait_for_selector("#live.off")
    with started(*words):
        client = Client(("127.0.0.1", redis_port))
        client("SET back again")
        expect(page.locator("#keys .key")).to_have_text("back")
        expect(page.locator("#key .body"), "the link still opens its key").to_contain_text("again")
        client.close()
    page.close()
