"""cjson, cmsgpack, struct and bit: an expression gives the same on both servers, or fails alike."""

import pytest

from redis_clone.errors import RedisError

pytest.importorskip("lupa")

JSON = r"""
cjson.encode({1, 2, 'a', true, false, cjson.null})
cjson.encode({})
cjson.encode({a=1})
cjson.encode('a/"\\\n\1\127')
cjson.encode(0.1)
cjson.encode(1e15)
cjson.encode(2^53)
cjson.encode({[1]=1, [3]=3})
cjson.encode({[1]=1, [100]=3})
cjson.encode({[1.5]=1})
cjson.encode({['1']='a'})
cjson.encode({[true]=1})
cjson.encode(0/0)
cjson.encode(function() end)
cjson.encode()
cjson.encode({a={b={c={}}}})
cjson.encode(cjson.decode('{"a":[1,2,{"b":null}],"c":1.5e3}').a)
cjson.decode('')
cjson.decode('nul')
cjson.decode('{"a" 1}')
cjson.decode('{a:1}')
cjson.decode('[1 2]')
cjson.decode('[1,]')
cjson.decode('{"a":1,}')
cjson.decode('"abc')
cjson.decode('"\\x"')
cjson.decode('"\\u00e9\\ud83d\\ude00"')
cjson.decode('"\\ud83d"')
cjson.decode('"\\u12"')
cjson.decode('1 1')
cjson.decode('0x1F')
cjson.decode('-')
cjson.decode('.5')
cjson.decode(' [ ] ')
cjson.decode('{"a":1}x')
cjson.decode('{')
cjson.decode('{"a"')
cjson.decode('{"a":')
cjson.decode('{"a":1')
cjson.decode(string.rep('[', 1001))
type(cjson.decode(string.rep('[', 1000) .. string.rep(']', 1000)))
type(cjson.decode('null'))
#cjson.decode('[1,null,3]')
cjson.decode({})
cjson.encode_max_depth()
cjson.encode_max_depth(0)
cjson.encode_number_precision(15)
cjson.encode_sparse_array('x')
"""
MESSAGEPACK = r"""
cmsgpack.pack(1, -1, 128, -33, 255, 256, 65536, 2^32, 2^53, -2^31, -2^40, 0.5, 0.1, 1e300)
cmsgpack.pack('a', true, false, nil, {}, {1, 2}, {a=1}, {[2]=1})
cmsgpack.pack(string.rep('x', 40)) .. cmsgpack.pack(string.rep('y', 300))
cmsgpack.pack()
cmsgpack.pack(function() end)
{cmsgpack.unpack(cmsgpack.pack(1, 'a', {1, 2}, 0.5, -5, 70000))}
{cmsgpack.unpack_one(cmsgpack.pack(1, 'a'))}
{cmsgpack.unpack_one(cmsgpack.pack(1, 'a'), 1)}
{cmsgpack.unpack_limit(cmsgpack.pack(1, 'a', 2), 2)}
cmsgpack.unpack('')
cmsgpack.unpack('\193')
cmsgpack.unpack('\220')
cmsgpack.unpack()
cmsgpack.unpack_one('abc', 10)
"""
STRUCT = r"""
struct.pack('<hHlLiIbB', 1, 2, 3, 4, 5, 6, 7, 8)
struct.pack('>i3', -2)
struct.pack('!4bi', 1, 2)
struct.pack('sc2', 'abc', 'abc')
struct.pack('c5', 'abc')
struct.pack('q', 1)
struct.pack('i33', 1)
struct.pack('>fd', 1.5, 2.5)
struct.pack('x')
{struct.unpack('<hs', '\1\0abc\0')}
{struct.unpack('bc0', '\3abcd')}
{struct.unpack('i', 'a')}
{struct.unpack('s', 'abc')}
{struct.unpack('c0', 'abc')}
{struct.unpack('b', 'abc', 3)}
{struct.unpack('b', 'abc', 0)}
struct.size('ihb') + struct.size('!ihb')
struct.size('s')
struct.size('!3i')
struct.pack()
"""
BIT = r"""
bit.band(0xff, 0x0f)
bit.band()
bit.band('x')
bit.bnot(0)
bit.lshift(1, 31)
bit.rshift(-1, 28)
bit.arshift(-16, 2)
bit.rol(0x12345678, 8)
bit.ror(0x12345678, 8)
bit.bswap(0x12345678)
bit.tohex(255) .. bit.tohex(255, -4) .. bit.tohex(-1, 2)
bit.tobit(2^32 + 5)
bit.tobit(2^31)
bit.tobit(2.5)
bit.lshift(1, 33)
bit.bxor(1, 2, 4)
bit.bor(1, 2, '4')
bit.lshift(1)
"""
EXPRESSIONS = [line for text in (JSON, MESSAGEPACK, STRUCT, BIT) for line in text.strip().splitlines()]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_a_library_gives_what_it_gives_in_redis(both, expression):
    ours, real = both("EVAL", f"return {expression}", 0)
    assert type(ours) is type(real)
    if isinstance(ours, RedisError):
        assert str(ours) == str(real)
    else:
        assert ours == real


def test_a_table_within_itself_is_nested_too_deep_for_json(redis):
    reply = redis("EVAL", "local t = {} t[1] = t return cjson.encode(t)", 0)
    assert "Cannot serialise, excessive nesting (1001)" in str(reply)
    assert redis("EVAL", "local t = {} t[1] = t return cmsgpack.pack(t)", 0) == b"\x91" * 16 + b"\xc0"


def test_a_setting_of_cjson_is_changed(redis):
    redis("EVAL", "cjson.encode_sparse_array(true)", 0)
    assert redis("EVAL", "return cjson.encode({[1]=1, [100]=3})", 0) == b'{"1":1,"100":3}'
    redis("EVAL", "cjson.encode_sparse_array(false)", 0)
