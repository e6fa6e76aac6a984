"""The package: what pip installs works without a checkout, and so does an archive that was never unpacked."""

import os
import shutil
import subprocess
import sys
import venv
import zipfile

import pytest
from harness import PATIENCE, REPOSITORY, Client, free_port, serves, wait_until

from redis_clone import VERSION

pytestmark = pytest.mark.slow
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
LUA = "return redis.call('INCRBY', KEYS[1], ARGV[1])"
WITHOUT_US = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def run(*words, folder, check=False):
    return subprocess.run(
        [str(word) for word in words],
        cwd=folder,
        env=WITHOUT_US,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=check,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel that pip builds from a copy of the checkout, for building leaves files behind."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(REPOSITORY / name, source)
    shutil.copytree(
        REPOSITORY / "redis_clone", source / "redis_clone", ignore=shutil.ignore_patterns("__pycache__")
    )
    run(sys.executable, "-m", "pip", "wheel", "--no-deps", "-w", folder, source, folder=folder, check=True)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel, tmp_path_factory):
    """A fresh environment with the package and lupa; makes the command line of a program of it."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=os.name != "nt")
    python = folder / SCRIPTS / "python"
    target = run(python, "-c", "import site; print(site.getsitepackages()[0])", folder=folder, check=True)
    pip = [sys.executable, "-m", "pip", "--python", python]
    run(*pip, "install", "--no-deps", "--no-index", wheel, folder=folder, check=True)
    lupa = pytest.importorskip("lupa")  # copied, so that the test downloads nothing for it
    shutil.copytree(os.path.dirname(lupa.__file__), os.path.join(target.stdout.strip(), "lupa"))
    return lambda name, *words: [str(folder / SCRIPTS / name), *map(str, words)]


def test_the_extras_are_what_requirements_txt_asks_for():
    extras = (REPOSITORY / "pyproject.toml").read_text()
    for line in (REPOSITORY / "requirements.txt").read_text().splitlines():
        if requirement := line.partition("#")[0].strip():
            assert f'"{requirement}"' in extras


class Started:
    """A server that is a program of its own, until the end of the with block."""

    def __init__(self, words, folder):
        self.port = free_port()
        self._words = [*words, "--port", str(self.port), "--save", ""]
        self._folder = folder

    def __enter__(self):
        self._process = subprocess.Popen(
            self._words, cwd=self._folder, env=WITHOUT_US, stdout=subprocess.DEVNULL
        )
        wait_until(lambda: self._process.poll() is not None or serves(("127.0.0.1", self.port)))
        assert self._process.poll() is None
        return Client(("127.0.0.1", self.port))

    def __exit__(self, *exception):
        self._process.terminate()
        self._process.wait()


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = (path for path in (REPOSITORY / "redis_clone").rglob("*") if path.is_file())
    wanted = {path.relative_to(REPOSITORY).as_posix() for path in files if path.suffix != ".pyc"}
    assert names == wanted
    assert wheel.name == f"redis_clone-{VERSION}-py3-none-any.whl"


def test_the_installed_scripts_start_server_client_and_benchmark(environment, tmp_path):
    server = Started(environment("redis-clone-server"), tmp_path)
    with server as client:
        ask = environment("redis-clone-client", "-p", server.port)
        assert run(*ask, "EVAL", LUA, 1, "total", 42, folder=tmp_path).stdout == "42\n"
        assert client("GET total") == b"42"
        words = environment("redis-clone-benchmark", "-p", server.port, "-t", "set", "-n", 100, "--csv")
        assert run(*words, folder=tmp_path).returncode == 0
        client.close()
    assert list(tmp_path.iterdir()) == []
    usage = run(*environment("redis-clone-server", "--help"), folder=tmp_path).stdout
    assert usage.startswith("Usage: redis-clone-server [/path/to/redis.conf]")
    usage = run(*environment("redis-clone-client", "--help"), folder=tmp_path).stdout
    assert "Usage: redis-clone-client [options]" in usage and "client.py -n" not in usage


def test_python_m_redis_clone_is_the_server(environment, tmp_path):
    finished = run(*environment("python", "-m", "redis_clone", "--version"), folder=tmp_path)
    assert finished.stdout.startswith("Redis server v=7.2.")


def archive_of(wheel, folder):
    """A zipapp: the package, and a program that is server.py."""
    path = folder / "server.pyz"
    shutil.copy(wheel, path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(REPOSITORY / "server.py", "__main__.py")
    return path


def test_it_runs_from_archives_that_were_never_unpacked(wheel, tmp_path):
    pytest.importorskip("lupa")
    run_wheel = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from redis_clone.__main__ import main; main()"
    )
    for name, words in (
        ("a zipapp", [archive_of(wheel, tmp_path)]),
        ("a wheel on sys.path", ["-c", run_wheel, wheel]),
    ):
        with Started([sys.executable, *map(str, words)], tmp_path) as client:
            assert client("EVAL", LUA, 1, "total", 42) == 42, name
            assert len(client("COMMAND LIST")) > 200, name
            client.close()


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_it_runs_from_a_folder_and_in_a_folder_that_cannot_be_written_to(tmp_path):
    code = tmp_path / "code"
    shutil.copytree(
        REPOSITORY / "redis_clone", code / "redis_clone", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copy(REPOSITORY / "server.py", code)
    folders = [code, *(path for path in code.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
    try:
        with Started([sys.executable, "server.py"], code) as client:
            assert client("SET a 1") == "OK"
            client.close()
    finally:
        for folder in folders:
            folder.chmod(0o755)
