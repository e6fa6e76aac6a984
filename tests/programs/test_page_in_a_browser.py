"""The page of a server that was started as a program, in a real browser, while real clients are at work."""

import re
import threading
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from browser import REBOUND, expect, launched, opener
from harness import Client, free_port, started

from redis_clone.protocol.replies import NULL_ARRAY
from redis_clone.testing.bus_steps import BusSteps
from redis_clone.testing.cluster import RunningCluster

pytestmark = pytest.mark.slow
MANY_KEYS = 10_000
MANY_CONNECTIONS = 500


@pytest.fixture(scope="module")
def chromium():
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def served():
    """The port of a server, and that of its page."""
    page = free_port()
    with started("--page", str(page), "--appendonly", "yes", "--repl-diskless-sync-delay", "0") as (_, port):
        yield port, page


@pytest.fixture
def connect(served):
    """Makes a client with a name."""
    clients = []

    def named(name):
        client = Client(("127.0.0.1", served[0]))
        clients.append(client)
        client("CLIENT", "SETNAME", name)
        return client

    named("sweeper")("FLUSHALL")
    clients.pop().leave()
    yield named
    for client in clients:
        client.leave()


@pytest.fixture
def open_page(chromium, served):
    with opener(chromium, served[1]) as open_:
        yield open_


def lane(page, name):
    return page.locator("#connections .lane", has_text=name)


def test_each_panel_shows_what_clients_do(open_page, connect):
    ada, bob, eve = map(connect, ("ada", "bob", "eve"))
    page = open_page()
    page.wait_for_selector("#live:not(.off)")
    bob.send("BLPOP jobs 0")
    eve("SUBSCRIBE news")
    ada("WATCH balance")
    ada("SET lunch soup EX 1000")
    for panel, text in (
        ("connections", "waits for jobs"),
        ("connections", "watches balance, v0"),
        ("connections", "1 subscription"),
        ("way", "set_() in commands/strings.py"),
        ("way", "set lunch in db 0, expire lunch in db 0"),
        ("lock", "Held for: client-"),
        ("keys", "lunch"),
        ("expiry", "1 key in 1 slot"),
        ("eviction", "used, no limit"),
        ("disk", "fsync, everysec"),
        ("pubsub", "news"),
        ("replication", "master at offset"),
    ):
        expect(page.locator(f"#{panel} .body")).to_contain_text(text)
    assert page.locator("#cluster").is_hidden(), "this server is no node of a cluster"
    ada("RPUSH jobs sweep")
    expect(lane(page, "bob")).to_contain_text("reading")


def test_the_panel_of_a_replication_shows_a_replica_and_the_backlog(open_page, served):
    page = open_page()
    with started("--replicaof", "127.0.0.1", str(served[0])):
        expect(page.locator("#replication .body")).to_contain_text("online, heard of")
        expect(page.locator("#replication .body")).to_contain_text("The backlog keeps offsets")
        expect(page.locator("#connections .body")).to_contain_text("a replica")
    expect(page.locator("#replication li")).to_have_count(0)


def test_the_panel_of_a_cluster_shows_the_slots_of_its_nodes(chromium):
    port, page_port = free_port(), free_port()
    words = ["--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--page", str(page_port)]
    with started("--port", str(port), *words), opener(chromium, page_port) as open_page:
        page = open_page("#panel=cluster")
        client = Client(("127.0.0.1", port))
        client("CLUSTER ADDSLOTSRANGE 0 8191")
        expect(page.locator("#cluster svg")).to_have_attribute("aria-label", re.compile(": 8192 slots$"))
        client.close()


def test_the_bus_of_a_cluster_is_stepped_through_until_a_replica_is_the_master(chromium):
    page_port = free_port()
    with (
        RunningCluster(3, 1, None, {"cluster_node_timeout": 1000}, first_page=page_port) as cluster,
        opener(chromium, page_port) as open_page,
    ):
        BusSteps(cluster.nodes, cluster.time)
        page = open_page("#panel=bus")
        node = page.locator(".busnodes li", has_text=re.compile(f"^{cluster.nodes[1].port} master"))
        expect(node).to_be_visible()
        page.keyboard.press("b")
        diagram = page.locator("#bus svg")
        expect(diagram).to_contain_text("halted")
        page.locator("#bus").get_by_role("button", name="Align elections").press("Enter")
        expect(diagram).to_contain_text("elections aligned")
        node.get_by_role("button", name="Pause").click()
        expect(node).to_contain_text("Paused")
        for said in (
            "possibly",
            "Marking node",
            "Start of election",
            "Failover auth granted",
            "election won",
        ):
            while said not in diagram.text_content():
                with page.expect_response("**/bus/event"):
                    page.keyboard.press("e")
                with suppress(AssertionError):
                    expect(diagram).to_contain_text(said, timeout=300)
        expect(page.locator(".underway button").first).to_contain_text("→")
        choice = page.locator(".underway button", has_text="pong").last
        number = choice.get_attribute("data-message")
        choice.click()
        expect(page.locator(f".underway [data-message='{number}']")).to_have_count(0)
        page.keyboard.press("ArrowLeft")
        expect(page.locator(f".underway [data-message='{number}']")).to_have_count(1)
        page.keyboard.press("ArrowRight")
        node.get_by_text("Cut from").click()
        other = cluster.nodes[2].port
        node.get_by_role("button", name=f"Cut {cluster.nodes[1].port} from {other}").click()
        node.get_by_role("button", name=f"Cut {cluster.nodes[1].port} from {other}").click()
        node.get_by_role("button", name="Pause").click()
        page.keyboard.press("b")
        expect(diagram).to_have_count(0)
        cluster.wait_until_ok()
        expect(
            page.locator(".busnodes li", has_text=re.compile(f"^{cluster.nodes[1].port} replica"))
        ).to_be_visible()


def test_the_candidate_that_is_shown_as_the_next_is_the_one_that_is_evicted(open_page, connect):
    client = connect("ada")
    page = open_page()
    try:
        client("CONFIG SET maxmemory-policy volatile-ttl maxmemory-samples 64")
        for name, seconds in (("one", 1000), ("two", 2000), ("three", 3000)):
            client("SET", name, b"x" * 300_000, "EX", seconds)
        client("CONFIG SET maxmemory 800kb")
        client("SET four 4 EX 9000")
        candidates = page.locator("#eviction .pool li")
        expect(candidates.first).to_have_text("twonext")
        client("SET", "five", b"x" * 300_000)
        expect(candidates.first).to_have_text("threenext")
        assert [client("EXISTS", name) for name in ("one", "two", "three")] == [0, 0, 1]
    finally:
        client("CONFIG SET maxmemory 0 maxmemory-policy noeviction maxmemory-samples 5")


def test_a_key_of_each_type_is_opened_by_its_link(open_page, connect):
    client = connect("ada")
    client("SET string hello")
    client("SETBIT bits 7 1")
    client("PFADD visitors ada bob eve")
    client("RPUSH", "list", *range(600))
    client("SADD integers 3 1 70000")
    client("SADD set seed leaf")
    client("HSET hash name ada born 1815")
    client("ZADD sorted 1 seed 2 leaf 3 bloom")
    client("XADD stream 1-1 name ada")
    client("XGROUP CREATE stream readers 0")
    client("XREADGROUP GROUP readers ada STREAMS stream >")
    page = open_page()
    for key, shown, count in (
        ("string", ".octet", 5),
        ("bits", ".bits i.on", 1),
        ("visitors", "canvas", 1),
        ("list", ".block", 2),
        ("integers", ".cells li.w4", 3),
        ("set", ".cells li", 2),
        ("hash", ".hash tr", 2),
        ("sorted", "circle", 3),
        ("stream", ".group .tag", 1),
    ):
        page.evaluate("hash => { location.hash = hash }", f"key={key}")
        expect(page.locator("#key h3"), key).to_have_text(key)
        expect(page.locator(f"#key {shown}"), key).to_have_count(count)


def test_two_clients_race_for_watch_one_step_at_a_time(open_page, connect):
    ada, bob = connect("ada"), connect("bob")
    for client, balance in ((ada, 110), (bob, 120)):
        for line in ("WATCH balance", "GET balance", "MULTI", f"SET balance {balance}"):
            client(line)
    page = open_page()
    page.get_by_role("button", name="Halt").click()
    page.wait_for_selector("body.halted")
    ada.send("EXEC")
    bob.send("EXEC")
    expect(page.locator("#connections .lane.held")).to_have_count(2)
    for station in range(1, 60):
        lane(page, "bob").get_by_role("button", name="Step").click()
        expect(page.locator("#way .stations li")).to_have_count(
            2 + station
        )  # before them: bytes, and the wait
        if "release the lock" in page.locator("#way .stations li.here").inner_text():
            break
    expect(lane(page, "ada")).to_contain_text("balance was written, v0 → v1: EXEC will fail")
    page.get_by_role("button", name="Resume").click()
    assert bob.read() == ["OK"]
    assert ada.read() is NULL_ARRAY
    assert ada("GET balance") == b"120"


def test_the_steps_that_were_made_can_be_looked_at_again(open_page, connect):
    ada = connect("ada")
    ada("SET word before")
    page = open_page("#key=word")
    expect(page.locator("#key .body")).to_contain_text("before")
    page.keyboard.press("h")
    page.wait_for_selector("body.halted")
    ada.send("SET word after")
    expect(page.locator("#connections .lane.held")).to_have_count(1)
    for _ in range(60):
        made = page.locator("#way .stations li").count()
        page.keyboard.press("s")
        expect(page.locator("#way .stations li")).to_have_count(made + 1)
        if "release the lock" in page.locator("#way .stations li.here").inner_text():
            break
    expect(page.locator("#key .body")).to_contain_text("after")
    for _ in range(60):
        page.keyboard.press("ArrowLeft")
    expect(page.locator("#held")).to_contain_text("Looking back: step 1 of")
    expect(page.locator("#key .body")).to_contain_text("before")
    for _ in range(60):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#key .body")).to_contain_text("after")
    expect(page.locator("#held")).to_contain_text("is held at")
    page.keyboard.press("r")
    assert ada.read() == "OK"


def test_what_if_the_other_client_had_come_first(open_page, connect):
    ada, bob = connect("ada"), connect("bob")
    page = open_page()
    expect(lane(page, "ada")).to_be_visible()
    page.keyboard.press("h")
    page.wait_for_selector("body.halted")
    ada.send("SET word one")
    expect(page.locator("#connections .lane.held")).to_have_count(1)
    page.keyboard.press("w")
    expect(page.locator("#orders")).to_contain_text("Two to 4 commands must be held")
    page.keyboard.press("Escape")
    bob.send("SET word two NX GET")
    expect(page.locator("#connections .lane.held")).to_have_count(2)
    page.get_by_role("button", name="What if").click()
    orders = page.locator("#orders .order")
    expect(orders).to_have_count(2)
    expect(orders.nth(0)).to_contain_text("propagated: SET word one;")
    expect(orders.nth(1)).to_contain_text("SET word two")
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    assert ada.read() == "OK"
    bob.read()


def test_of_many_keys_and_connections_a_few_are_shown_and_all_are_counted(open_page, connect):
    client = connect("ada")
    pairs = [word for number in range(MANY_KEYS) for word in (f"key:{number}", number)]
    client("MSET", *pairs)
    crowd = [connect(f"crowd-{number}") for number in range(MANY_CONNECTIONS)]
    page = open_page("#key=key%3A7")
    expect(page.locator("#keys .body")).to_contain_text("10,000 keys")
    expect(page.locator("#connections .more")).to_contain_text("more")
    expect(page.locator("#key .octet")).to_have_count(1)
    assert page.locator("#keys tbody tr").count() < 200 > page.locator("#connections .lane").count()
    for each in crowd:
        each.send("INCR visits")
    assert sorted(each.read() for each in crowd) == list(range(1, MANY_CONNECTIONS + 1))
    expect(page.locator("#keys .body")).to_contain_text("10,001 keys")


# Other sites.

ATTACK = """
<!doctype html><title>another site</title>
<iframe id="frame" src="PAGE/"></iframe>
<form id="form" method="post" action="PAGE/halt" target="answer"><input name="x"></form>
<iframe name="answer"></iframe>
<script>
const outcome = (promise) => promise.then((answer) => answer.type, () => "rejected");
const load = (tag, attributes) => new Promise((done) => {
  const element = Object.assign(document.createElement(tag), attributes);
  element.onload = () => done("loaded");
  element.onerror = () => done("rejected");
  document.body.append(element);
});
document.getElementById("form").submit();
const events = new EventSource("PAGE/events");
const attempts = {
  read: outcome(fetch("PAGE/")),
  halt: outcome(fetch("PAGE/halt", { method: "POST", mode: "no-cors" })),
  withSecret: outcome(fetch("PAGE/halt", { method: "POST", headers: { "X-Page-Secret": "guess" } })),
  script: load("script", { src: "PAGE/main.js" }),
  style: load("link", { href: "PAGE/page.css", rel: "stylesheet" }),
  events: new Promise((done) => {
    events.onmessage = () => done("read");
    events.onerror = () => done("rejected");
  }),
};
window.outcomes = {};
for (const [name, attempt] of Object.entries(attempts)) attempt.then((came) => { outcomes[name] = came; });
</script>
"""


@contextmanager
def another_site(page_port):
    """A server of another origin, whose only page attacks ours; yields its address."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self):
            body = ATTACK.replace("PAGE", f"http://127.0.0.1:{page_port}").encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Site) as site:
        thread = threading.Thread(target=site.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{site.server_port}/"
        finally:
            site.shutdown()
            thread.join()


def test_another_site_in_the_same_browser_can_neither_read_nor_halt(chromium, open_page, connect, served):
    ours = open_page()
    ours.wait_for_selector("#live:not(.off)")
    with another_site(served[1]) as address:
        page = chromium.new_page()
        sent = []
        page.on("request", lambda request: sent.append((request.method, request.url.rpartition("/")[2])))
        page.goto(address)
        page.wait_for_function("Object.keys(outcomes).length === 6")
        outcomes = page.evaluate("outcomes")
        for frame in ("#frame", "[name=answer]"):
            expect(page.frame_locator(frame).locator("body")).to_contain_text("refused to connect")
        page.close()
    assert set(outcomes.values()) == {"rejected"}, outcomes
    assert ("POST", "halt") in sent
    assert connect("ada")("PING") == "PONG"
    assert ours.locator("body.halted").count() == 0


def test_a_name_that_another_site_has_pointed_here_is_refused(chromium, served):
    page = chromium.new_page()
    answer = page.goto(f"http://{REBOUND}:{served[1]}/")
    assert answer.status == 403
    assert "answers to its address" in page.locator("body").inner_text()
    for request in ("fetch('/events')", "fetch('/halt', {method: 'POST'})"):
        assert page.evaluate(f"{request}.then(answer => answer.status)") == 403, request
    page.close()


# People differ, and so do their screens.


def test_the_page_can_be_used_by_keys_alone(open_page, connect):
    client = connect("ada")
    client("SET greeting hello")
    page = open_page()
    key = page.get_by_role("button", name="greeting", exact=True)
    key.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panels", "the first button skips the head"
    for _ in range(60):
        page.keyboard.press("Tab")
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if page.evaluate("document.activeElement.dataset.key") == "greeting":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#key .octet")).to_have_count(5)
    client("SET later hello")
    expect(page.locator("#keys .key")).to_have_count(2)
    assert page.evaluate("document.activeElement.tagName") == "BUTTON", (
        "an update takes the focus from nobody"
    )
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_on_a_phone_the_panels_stand_below_each_other_and_a_finger_opens_a_key(open_page, connect):
    connect("ada")("SET greeting hello")
    phone = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}
    page = open_page(**phone)
    page.get_by_role("button", name="greeting", exact=True).tap()
    expect(page.locator("#key .octet")).to_have_count(5)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    lefts = "sections => new Set(sections.map(each => each.getBoundingClientRect().left)).size"
    assert page.eval_on_selector_all("main > section:not([hidden])", lefts) == 1


# The contrast of each text with what is behind it, by the formula of the guidelines for accessible pages.
CONTRASTS = """() => {
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const light = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const luminance = (colors) => {
    pen.clearRect(0, 0, 1, 1);
    for (const color of colors) { pen.fillStyle = color; pen.fillRect(0, 0, 1, 1); }
    const [red, green, blue] = [...pen.getImageData(0, 0, 1, 1).data].map((value) => light(value / 255));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const text = [...element.childNodes].filter((node) => node.nodeType === 3 && node.data.trim());
    if (!text.length || !element.checkVisibility() || element.closest("svg, :disabled, .skip")) continue;
    const behind = [];
    for (let each = element; each; each = each.parentElement)
      behind.unshift(getComputedStyle(each).backgroundColor);
    const one = luminance(behind), other = luminance([...behind, getComputedStyle(element).color]);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    found.push([contrast, text[0].data.trim().slice(0, 40)]);
  }
  return found;
}"""


def test_text_can_be_read_in_the_light_and_in_the_dark(open_page, connect):
    client = connect("ada")
    client("WATCH greeting")
    client("SET greeting hello EX 1000")
    for scheme, is_dark in (("light", False), ("dark", True)):
        page = open_page("#key=greeting", color_scheme=scheme)
        expect(page.locator("#key .octet")).to_have_count(5)
        background = "getComputedStyle(document.body).backgroundColor"
        before = page.evaluate(background)
        red = int(before.removeprefix("rgb(").split(",")[0])
        assert (red < 128) is is_dark, (scheme, before)
        contrasts = page.evaluate(CONTRASTS)
        assert len(contrasts) > 50
        assert [each for each in contrasts if each[0] < 4.5] == [], scheme
        page.keyboard.press("t")
        assert page.evaluate(background) != before, "the button turns the other way"


FIRST_DRAWING = """() => {
  const places = () => [...document.querySelectorAll("#key g")].map((node) => node.getAttribute("transform"));
  window.first = null;
  new MutationObserver(() => {
    if (places().length === 3) window.first ??= places();
  }).observe(document.querySelector("#key svg"), { childList: true });
}"""


def test_nothing_moves_for_those_who_want_less_motion(open_page, connect):
    client = connect("ada")
    for wanted, moves in (("reduce", False), ("no-preference", True)):
        client("DEL z")
        client("ZADD z 1 a 2 b")
        page = open_page("#key=z", reduced_motion=wanted)
        expect(page.locator("#key circle")).to_have_count(2)
        page.evaluate(FIRST_DRAWING)
        client("ZADD z 3 c")
        expect(page.locator("#key circle")).to_have_count(3)
        first = page.evaluate("first")
        page.reload()  # a tree that is opened is drawn at rest
        expect(page.locator("#key circle")).to_have_count(3)
        at_rest = page.eval_on_selector_all(
            "#key g", "nodes => nodes.map(node => node.getAttribute('transform'))"
        )
        assert (first != at_rest) is moves, wanted
