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
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[2]
FOLDER = REPOSITORY / "docs" / "page"
WIDTH, HEIGHT = 900, 700


class Scene(NamedTuple):
    """What each client sends, and the panel that is shown when the text is there."""

    panel: str
    shows: str
    lines: dict[str, list[str]]
    place: str = ""


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
def server() -> Iterator[tuple[int, int]]:
    """A server without data; yields its port and that of its page."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        ports = one.getsockname()[1], other.getsockname()[1]
    command = [sys.executable, "server.py", "--port", str(ports[0]), "--page", str(ports[1])]
    command += ["--save", "", "--enable-debug-command", "yes"]
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [*command, "--dir", folder], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        ) as process,
    ):
        try:
            assert process.stdout is not None
            while "Ready to accept" not in process.stdout.readline():
                assert process.poll() is None, "the server did not start"
            yield ports
        finally:
            process.kill()


def send(port: int, name: str, lines: list[str]) -> socket.socket:
    """A client with a name that has sent its lines; it stays until it is closed."""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall("".join(f"{line}\r\n" for line in [f"CLIENT SETNAME {name}", *lines]).encode())
    return client


def take(browser: Any, name: str) -> Path:
    """Play a scene, and take a picture of its panel."""
    scene = SCENES[name]
    path = FOLDER / f"{name}.png"
    with server() as (port, page_port):
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"http://127.0.0.1:{page_port}/{scene.place}")
        page.locator("#live:not(.off)").wait_for()
        clients = [send(port, *client) for client in scene.lines.items()]
        panel = page.locator(f"#{scene.panel}")
        panel.get_by_text(scene.shows).first.wait_for()
        panel.locator(".moved").first.wait_for(state="detached")  # a tree comes to rest
        panel.screenshot(path=path)
        for client in clients:
            client.close()
        page.close()
    return path


def main() -> int:
    names = sys.argv[1:] or list(SCENES)
    if not set(names) <= SCENES.keys():
        print(__doc__)
        return 1
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(exist_ok=True)
    with sync_playwright() as running:
        chromium = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = running.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name in names:
            print(take(browser, name).relative_to(REPOSITORY))
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
