"""The reader's server passes the stages that the book names, and answers whatever it is sent."""

import random
import re
import shlex
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest
from argument_grammar import make
from course import pages
from course.listings import FILE, file_after
from exercises.judge.running import run
from exercises.judge.stage import find
from harness import PATIENCE, Client, free_port

from redis_clone import commands
from redis_clone.command_table.registry import TABLE
from redis_clone.protocol.replies import encode_command

commands.load()
LAST_LINE_BY_LINE, LAST = 8, 13  # chapters
NAMED = re.compile(r"check\.py stage ((?:[\w-]+ )+)--(port|run)")
SEED = 11
PYTHON = shlex.quote(sys.executable)


def named_stages(last):
    """The stages that the chapters up to this one name, each once."""
    text = "".join(
        p.read_text(encoding="utf-8") for p in pages() if p.stem[:2].isdigit() and int(p.stem[:2]) <= last
    )
    return list(
        dict.fromkeys(name for names, _ in NAMED.findall(text) for name in names.split() if name[0] != "-")
    )


@contextmanager
def running(folder, chapter):
    """The address of the reader's server as a chapter leaves it; it must print nothing."""
    (folder / FILE).write_text(file_after(chapter), encoding="utf-8")
    port = free_port()
    command = [sys.executable, FILE, str(port)]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        try:
            wait_for_server(port)
            yield "127.0.0.1", port
        finally:
            process.kill()
        assert process.stdout.read() == ""


def wait_for_server(port):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            Client(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.01)
    raise TimeoutError


@pytest.mark.parametrize(
    "chapter",
    [LAST_LINE_BY_LINE, pytest.param(LAST, marks=pytest.mark.slow)],
    ids=lambda chapter: f"chapter {chapter}",
)
def test_the_file_passes_all_stages_that_the_book_has_named(chapter, tmp_path):
    stages = [find(name) for name in named_stages(chapter)]
    assert len(stages) > 50 and None not in stages
    command = f"{PYTHON} {shlex.quote(str(tmp_path / FILE))} {{port}} --dir {{folder}}"
    with running(tmp_path, chapter) as address:
        failed = [
            (each.name, said) for each in stages if (said := run(each, address, SEED, PATIENCE, command))
        ]
    assert not failed, "\n".join(f"{name}\n{said}" for name, said in failed)


@pytest.mark.parametrize("chapter", [LAST_LINE_BY_LINE, LAST], ids=lambda chapter: f"chapter {chapter}")
def test_the_file_answers_whatever_it_is_sent_and_no_thread_ends_of_it(chapter, tmp_path):
    choose = random.Random(SEED).choice
    known = [command for command in TABLE.values() if command.page.syntax and command.name != "QUIT"]
    with running(tmp_path, chapter) as address:
        client = Client(address)
        for command in known * 4:
            argv = make(choose, command)
            client.send_bytes(encode_command(argv))
            client.read()
            if argv[0].endswith(b"SUBSCRIBE"):  # it may answer more than once
                client.close()
                client = Client(address)
        client.close()
