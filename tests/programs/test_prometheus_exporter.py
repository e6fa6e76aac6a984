"""Debian's prometheus-redis-exporter, unmodified: it reads the same from our server and the real one."""

import shutil
import subprocess
import urllib.request
from contextlib import contextmanager

import pytest
from harness import PATIENCE, Client, free_port, our_server, real_server, wait_until

PROGRAM = "prometheus-redis-exporter"
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not shutil.which(PROGRAM), reason=f"needs {PROGRAM}")]

# Metric families that the real server has and ours may lack, by their beginnings, and why.
MAY_BE_MISSING = {
    "redis_allocator_": "of jemalloc; Python's allocator has no such figures",
    "redis_active_defrag_running": "of jemalloc",
    "redis_mem_": "what the data and the buffers alone take is not counted",
    "redis_memory_used_": "what the data and the buffers alone take is not counted",
    "redis_lazyfree_pending_objects": "nothing is freed later",
    "redis_number_of_cached_scripts": "there are no scripts",
    "redis_config_io_threads": "there is no such parameter",
    "redis_rdb_last_cow_size_bytes": "no process is forked",
    "redis_aof_last_cow_size_bytes": "no process is forked",
    "redis_module_fork_": "there are no modules",
}


def fetch(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE) as page:
            return page.read().decode()
    except OSError:
        return ""


@contextmanager
def exporter(address):
    """Runs the exporter for the server at `address`; yields a function that scrapes its lines about Redis."""
    url = f"unix://{address}" if isinstance(address, str) else f"redis://{address[0]}:{address[1]}"
    port = free_port()
    words = ["-redis.addr", url, "-web.listen-address", f"127.0.0.1:{port}"]
    process = subprocess.Popen([PROGRAM, *words], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: fetch(port))
        yield lambda: [line for line in fetch(port).splitlines() if line.startswith("redis_")]
    finally:
        process.terminate()
        process.wait()


def scraped(address):
    """The exporter's lines about a server after a few commands, right and wrong."""
    client = Client(address)
    for line in (
        "SET k v EX 1000",
        "GET k",
        "GET",
        "INCR k",
        "CLIENT ID",
        "CONFIG SET slowlog-log-slower-than 0",
    ):
        client(line)
    client.close()
    with exporter(address) as scrape:
        scrape()
        return scrape()


def families(lines):
    return {line.partition(" ")[0].partition("{")[0] for line in lines}


@pytest.fixture(scope="module")
def ours():
    with our_server() as address:
        yield scraped(address)


def test_it_scrapes_without_an_error(ours):
    assert 'redis_exporter_last_scrape_error{err=""} 0' in ours
    assert "redis_up 1" in ours


def test_it_finds_the_families_of_metrics_that_the_real_server_has(ours, tmp_path):
    with real_server(tmp_path) as address:
        real = scraped(address)
    missing = {name for name in families(real) - families(ours) if not name.startswith(tuple(MAY_BE_MISSING))}
    assert not missing
    assert not families(ours) - families(real)


@pytest.mark.parametrize(
    "line",
    [
        'redis_commands_total{cmd="get"} 1',
        'redis_commands_rejected_calls_total{cmd="get"} 1',
        'redis_commands_failed_calls_total{cmd="incr"} 1',
        'redis_errors_total{err="ERR"} 2',
        'redis_db_keys{db="db0"} 1',
        'redis_db_keys_expiring{db="db0"} 1',
        "redis_connected_clients 1",
        "redis_slowlog_length ",
        'redis_latency_percentiles_usec{cmd="get",quantile="99.9"} ',
    ],
)
def test_its_figures_are_true(ours, line):
    assert any(metric.startswith(line) for metric in ours), [m for m in ours if m[:20] == line[:20]]
