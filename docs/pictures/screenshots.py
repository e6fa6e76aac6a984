"""Takes the screenshots of the page in docs/page/: a server and its clients are started for each of them.

    python docs/pictures/screenshots.py            all of them
    python docs/pictures/screenshots.py lock way   these only

It needs Playwright (`pip install playwright`) and chromium of the system, as tests/browser.py does.
"""

import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "docs" / "page"
WIDTH, HEIGHT = 900, 700
SETTLING_MS = 500  # until the panels above have their heights
OF_A_CLUSTER = ("cluster", "bus")


class Scene(NamedTuple):
    """What each client sends, and the panel that is shown when the text is there."""

    panel: str
    shows: str
    lines: dict[str, list[str]]
    place: str = ""
    has_replica: bool = False


MEMBERS = ["seed", "sprout", "leaf", "stem", "bud", "bloom", "fruit"]
RACE = ["WATCH balance", "GET balance", "MULTI"]
SCENES = {
    "connections": Scene(
        "connections",
        "subscription",
        {
            "ada": ["WATCH balance", "MULTI", "INCR balance"],
            "bob": ["BLPOP jobs 0"],
            "eve": ["SUBSCRIBE news"],
        },
    ),
    "way": Scene("way", "strings.py", {"ada": ["SET lunch soup EX 60"]}),
    "lock": Scene("lock", "client-1", {"ada": ["DEBUG SLEEP 0.8"], "bob": ["PING"]}),
    "tree": Scene(
        "key",
        "fruit",
        {"ada": [f"ZADD stages {score} {member}" for score, member in enumerate(MEMBERS, 1)]},
        "#key=stages",
    ),
    "quicklist": Scene(
        "key",
        "job-1299",
        {"ada": ["RPUSH queue " + " ".join(f"job-{number}" for number in range(1300))]},
        "#key=queue",
    ),
    "expiry": Scene(
        "expiry",
        "dinner",
        {"ada": ["SET lunch soup EX 20", "SET tea mint EX 45", "SET dinner bread EX 120"]},
    ),
    "eviction": Scene(
        "eviction",
        "two",
        {
            "ada": [
                "CONFIG SET maxmemory-policy volatile-ttl maxmemory-samples 64",
                *(f"SETRANGE {name} 300000 x" for name in ("one", "two", "three")),
                *(f"EXPIRE {name} {ttl}" for name, ttl in (("one", 100), ("two", 200), ("three", 300))),
                "CONFIG SET maxmemory 800kb",
                "SET four 4",
            ]
        },
        "#panel=eviction",
    ),
    "keys": Scene(
        "keys",
        "visits",
        {
            "ada": [
                "SET lunch soup EX 120",
                "RPUSH jobs sweep cook",
                "SADD fruit apple pear",
                "HSET ada born 1815",
                "ZADD stages 1 seed 2 leaf",
                "XADD visits 1-1 name ada",
            ]
        },
    ),
    "disk": Scene(
        "disk",
        "everysec",
        {
            "ada": [
                *(f"SET key:{number} value" for number in range(200)),
            ]
        },
    ),
    "pubsub": Scene(
        "pubsub",
        "weather",
        {"ada": ["SUBSCRIBE news weather"], "bob": ["SUBSCRIBE news"], "eve": ["PSUBSCRIBE n*"]},
    ),
    "replication": Scene(
        "replication",
        "online",
        {
            "ada": [
                *(f"SET key:{number} value" for number in range(200)),
            ]
        },
        has_replica=True,
    ),
    "race": Scene(
        "connections",
        "EXEC will fail",
        {
            "ada": [*RACE, "SET balance 110"],
            "bob": [*RACE, "SET balance 120", "EXEC"],
        },
    ),
}


@contextmanager
def program(until: str, *words: str) -> Iterator[None]:
    """A program of the repository that runs, from the line that says so."""
    with subprocess.Popen(
        [sys.executable, *words], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            while until not in process.stdout.readline():
                assert process.poll() is None, f"{words[0]} did not start"
            yield
        finally:
            process.terminate()
            process.communicate()  # what it says at its end


@contextmanager
def server(has_replica: bool) -> Iterator[tuple[int, int]]:
    """A server without data, and perhaps one that replicates it; yields its port and that of its page."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        port, page_port = one.getsockname()[1], other.getsockname()[1]
    words = ["--port", str(port), "--page", str(page_port), "--save", ""]
    words += ["--appendonly", "yes", "--enable-debug-command", "yes", "--repl-diskless-sync-delay", "0"]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
        running.enter_context(program("Ready to accept", "server.py", *words, "--dir", folder))
        if has_replica:
            words = ["--port", "7001", "--replicaof", "127.0.0.1", str(port), "--dir", folder]
            running.enter_context(program("Ready to accept", "server.py", *words))
        yield port, page_port


def send(port: int, name: str, lines: list[str]) -> socket.socket:
    """A client with a name that has sent its lines; it stays until it is closed."""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall("".join(f"{line}\r\n" for line in [f"CLIENT SETNAME {name}", *lines]).encode())
    return client


def take(browser: Any, name: str) -> Path:
    """Play a scene, and take a picture of its panel."""
    scene = SCENES[name]
    path = FOLDER / f"{name}.png"
    with server(scene.has_replica) as (port, page_port):
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"http://127.0.0.1:{page_port}/{scene.place}")
        page.locator("#live:not(.off)").wait_for()
        clients = [send(port, *client) for client in scene.lines.items()]
        panel = page.locator(f"#{scene.panel}")
        panel.get_by_text(scene.shows).first.wait_for()
        panel.locator(".moved").first.wait_for(state="detached")  # a tree comes to rest
        page.wait_for_timeout(SETTLING_MS)
        panel.screenshot(path=path)
        for client in clients:
            client.close()
        page.close()
    return path


def take_cluster(browser: Any, name: str) -> Path:
    """Take a picture of a lesson's cluster: of its slots, or of an election in which the votes are split."""
    path = FOLDER / f"{name}.png"
    with program("cluster  is well", "-m", "redis_clone.cluster", "--page", "8080"):
        page = browser.new_page(viewport={"width": WIDTH if name == "cluster" else 1300, "height": 1000})
        page.goto("http://127.0.0.1:8080/#panel=bus" if name == "bus" else "http://127.0.0.1:8080/")
        page.locator("#live:not(.off)").wait_for()
        page.locator(f"#{name} li").nth(5).wait_for()
        if name == "bus":
            split_the_votes(page)
        page.locator(f"#{name}").screenshot(path=path)
        page.close()
    return path


def split_the_votes(page: Any) -> None:
    """The sixth lesson: 7000 stands still, and its replicas 7003 and 7005 get a vote each."""

    def ask(*words: str) -> str:
        command = [sys.executable, "client.py", "-p", *words]
        return subprocess.run(command, check=True, cwd=REPOSITORY, capture_output=True, text=True).stdout

    ask("7005", "CLUSTER", "REPLICATE", ask("7000", "CLUSTER", "MYID").strip(' "\n'))
    page.locator("#bus li", has_text="7005 replica of 7000").wait_for()
    page.keyboard.press("b")
    page.keyboard.press("a")
    page.locator("[data-action=buspause][data-node='7000']").click()
    while not page.locator(".underway button", has_text="auth-req").count():
        with page.expect_response("**/bus/event"):
            page.keyboard.press("e")
        page.wait_for_timeout(200)  # until the page shows what has come
    others = page.locator(".underway button", has_not_text="auth-req")
    while others.count():
        others.first.click()
        page.wait_for_timeout(200)
    for sender, receiver in ((7003, 7001), (7005, 7002), (7003, 7002), (7005, 7001)):
        page.locator(".underway button", has_text=f"{sender} → {receiver} auth-req").click()
        page.wait_for_timeout(200)


def main() -> int:
    names = sys.argv[1:] or [*SCENES, *OF_A_CLUSTER]
    if not set(names) <= {*SCENES, *OF_A_CLUSTER}:
        print(__doc__)
        return 1
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as running:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            path = (take_cluster if name in OF_A_CLUSTER else take)(browser, name)
            print(path.relative_to(REPOSITORY))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
