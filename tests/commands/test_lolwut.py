"""LOLWUT draws, and shows the version."""

import pytest
from harness import Client
from tables import for_each

from redis_clone.commands.lolwut import NARROWEST, WIDEST, draw
from redis_clone.protocol.errors import NOT_AN_INTEGER, RedisError
from redis_clone.protocol.replies import Verbatim


@for_each("args", ["", "VERSION 5", "VERSION 5 40 2 3", "VERSION 6", "x"])
def test_lolwut_ends_with_the_version(redis, args):
    _, _, rest = redis("INFO server").decode().partition("redis_version:")
    version = rest.partition("\r\n")[0]
    assert redis(f"LOLWUT {args}").decode().endswith(f"Redis ver. {version}\n")


@pytest.mark.parametrize("line", ["LOLWUT VERSION x", "LOLWUT VERSION 5 x"])
def test_a_version_is_a_number(redis, line):
    assert redis(line) == RedisError(NOT_AN_INTEGER)


def test_a_version_without_a_drawing_shows_only_the_version(redis):
    assert redis("LOLWUT VERSION 1").startswith(b"Redis ver. ")


def test_lolwut_is_a_text_in_resp3(redis3):
    assert isinstance(redis3("LOLWUT"), Verbatim)


@pytest.mark.parametrize("asked, width", [(-5, NARROWEST), (20, 20), (10**9, WIDEST)])
def test_our_drawing_has_a_sensible_size(our_address, asked, width):
    client = Client(our_address)
    *lines, _ = client(f"LOLWUT VERSION 5 {asked}").decode().splitlines()
    client.close()
    assert len(lines) == width // 2 and {len(line) for line in lines} == {width}


def test_each_corner_of_the_sheet_can_be_reached():
    corners = draw(lambda time: (1 if time >= 0.5 else -1, 1 if int(time * 4) % 2 else -1), 8).splitlines()
    assert [corners[0][0], corners[0][-1], corners[-1][0], corners[-1][-1]] == ["⠁", "⠈", "⡀", "⢀"]
