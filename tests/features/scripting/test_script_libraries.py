"""cjson, cmsgpack, struct and bit: each expression has the same value or the same error on both servers."""

import pytest
from harness import Client, our_server, wait_until
from tables import for_each

from redis_clone.protocol.errors import RedisError

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
cjson.encode({1, {}, {2, {3}}, {a={4, {5}}}, 6})
cjson.encode({{{}}, 'a', {b={}}})
cjson.encode({[1]=1, [2]=2, [4]={4}, [7]=7})
cjson.encode({[3]={3}, [4]=4})
cjson.encode({-0.0, {a=-0.0}})
cmsgpack.pack({-0.0, {a=-0.0}})
cjson.encode(cjson.decode('[[1,[2,3]],[],[[4]],{"a":[{"b":[null,true]},[]]},5]'))
cjson.encode(cjson.decode('[[],"a",[null,["b",{"c":[]}]],{"d":"e"},[["f"]],null]'))
cjson.decode('{"a":1,"b":[2],"a":[3]}').a[1]
cjson.decode('["\200\255\\u00e9\\/\1\n"]')[1]
cjson.decode('[\237\160\189]')
cjson.decode('"\237\160\189\\u00e9"')
cjson.decode('[1e400]')[1] == 1/0
tostring(1 / cjson.decode('[-0]')[1])
tostring(cjson.decode('[NaN, -Infinity]')[2])
cjson.decode('[123456789012345678901234567890]')[1] == 123456789012345678901234567890
cjson.decode('[1] \0x')[1]
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
cjson.encode_sparse_array(true, -1)
cjson.encode_sparse_array(true, 1, 2, 3)
cjson.encode_max_depth(2^32)
cjson.encode_keep_buffer(cjson.null)
cjson.encode({[2^31]=1})
cjson.encode({[true]=1, 1})
cjson.encode({[cjson.null]=1})
cjson.encode(coroutine.create(function() end))
cjson.decode('[-0]')[1] == 0 and tostring(cjson.decode('-0'))
cjson.decode('"a\0b"')
cjson.decode('[\0]')
cjson.decode('nan(1)')
cjson.decode('+x')
cjson.decode('[1,"\\x"]')
cjson.decode('0x1.8p1')
select(2, pcall(cjson.decode, 1, 2))
(function() local decode = cjson.decode return decode({}) end)()
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
cmsgpack.pack(2^63, -2^63, 2^64 - 2048, 1 / 0, -1 / 0, 3.5e38)
cmsgpack.pack({[true]=1}) .. cmsgpack.pack({[1.5]=1})
cmsgpack.unpack('\207' .. string.rep('\255', 8))
cmsgpack.unpack('\196\1a')
{cmsgpack.unpack_limit('\1\2\3', 0, 1)}
{cmsgpack.unpack_limit('\1\2\3', 0, 0)}
cmsgpack.unpack_limit('\1\2\3', -1, 0)
cmsgpack.unpack_one('abc', 2^40)
#cmsgpack.unpack(string.rep('\145', 3000) .. '\1')
cmsgpack.unpack(string.rep('\145', 5000) .. '\1')
select('#', cmsgpack.unpack(string.rep('\1', 9000)))
select(2, pcall(cmsgpack.unpack, '\129\192\1'))
select(2, pcall(cmsgpack.unpack, '\129\203\127\248\0\0\0\0\0\0\1'))
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
struct.pack('i16', -1) .. struct.pack('>i9', -2) .. struct.pack('i0', 5)
struct.pack('h', 0/0) .. struct.pack('>I8', 2^64) .. struct.pack('>i8', 1/0) .. struct.pack('f', 1e300)
struct.pack('!8bi3d', 1, 2, 3)
struct.pack('=i', 1)
struct.pack('b\0q', 1)
struct.pack('i', nil)
struct.pack('bb', 1)
struct.pack('i99999999999', 1)
struct.pack('!3i', 1)
{struct.unpack('i9', string.rep('\255', 9))}
{struct.unpack('c1c0', '2ab')}
{struct.unpack('b', 'abc', -1)}
{struct.unpack('', 'abc', 2^40)}
{struct.unpack('(', 'abc', 9)}
struct.size('q')
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
bit.tobit(1e16) + bit.tobit(1e300)
bit.tobit('0x10') + bit.tobit(' 7 ') + bit.tobit('1\0x')
bit.tobit('1_0')
bit.tohex(1, 2^31)
bit.tobit(0/0)
"""
MATH = r"""
{math.randomseed(7), math.random(1000), math.random(1000), tostring(math.random()), math.random(-5, 5)}
{math.randomseed(-3), math.random(1000000)}
{math.randomseed(2^40 + 5), math.random(1000000)}
{math.randomseed(7.9), math.random(1000000)}
math.random(0)
math.random(5, 1)
math.random(1, 2, 3)
math.random('a')
math.randomseed()
tostring(cjson.null) .. tostring(getmetatable(cjson.null))
redis.call('ECHO', 0/0)
redis.call('ECHO', -(0/0))
type(string.dump(function() end))
string.dump(string.len)
"""
EXPRESSIONS = [line for text in (JSON, MESSAGEPACK, STRUCT, BIT, MATH) for line in text.strip().splitlines()]


@for_each("expression", EXPRESSIONS)
def test_a_library_returns_what_it_returns_in_redis(both, expression):
    ours, real = both("EVAL", f"return {expression}", 0)
    both("EVAL", "cjson.encode_sparse_array(false)", 0)  # Redis keeps the first part of wrong settings
    assert type(ours) is type(real)
    if isinstance(ours, RedisError):
        assert str(ours) == str(real)
    else:
        assert ours == real


LONG_CALLS = ["cjson.decode('[' .. ('+1,'):rep(1e7) .. '1]')"]
MORE_LONG_CALLS = [
    "cmsgpack.unpack(('\\1'):rep(2e7))",
    "struct.size(('b'):rep(2e7))",
    "cjson.decode('\"' .. ('\\\\ud83d\\\\ude00'):rep(3e6) .. '\"')",
    "cmsgpack.unpack('\\221\\31\\255\\255\\255' .. ('\\1'):rep(2e7))",
    "struct.pack(('x'):rep(2e7))",
    "struct.unpack(('x'):rep(2e7), ('x'):rep(2e7))",
]


@pytest.mark.parametrize(
    "call", LONG_CALLS + [pytest.param(call, marks=pytest.mark.slow) for call in MORE_LONG_CALLS]
)
def test_a_script_is_killed_in_the_middle_of_a_long_call_of_a_library(call):
    with our_server(**{"busy-reply-threshold": "1"}) as address:
        caller, other = Client(address), Client(address)
        caller.send("EVAL", f"return {call}", 0)
        wait_until(lambda: other("SCRIPT KILL") == "OK")
        assert "Script killed by user with SCRIPT KILL" in str(caller.read())
        caller.close()
        other.close()


WRONG_ARGUMENTS = r"""
return pairs(nil)
return pairs()
return next(nil)
return next()
return next({}, 'x')
return unpack(nil)
return unpack()
return #{unpack({},1,7999)}
return #{unpack({},1,7990)}
return #{unpack({},1,8000)}
return select('#',unpack({},1,7999))
return setmetatable(nil,{})
return setmetatable({},1)
return setmetatable({})
return setmetatable()
return setmetatable(setmetatable({},{__metatable=1}),{})
return rawget(nil,1)
return rawget()
return rawget({})
return rawset({})
return rawset({},nil,1)
return rawset({},1)
return string.find(nil,'x')
return string.find('x')
return string.find()
return string.match()
return string.gmatch('x')
return string.gsub('x')
return string.gsub('x','y')
return table.insert()
return table.insert(nil,1)
return table.insert({})
return table.insert({},1,2,3)
return table.insert({},'x',2)
return table.foreach(nil,print)
return table.foreach({},nil)
return table.foreach({})
return table.concat(nil)
return table.concat({{}})
return table.sort({3,'x'})
return coroutine.wrap()
return coroutine.wrap(nil)
return coroutine.wrap(redis.call)
return coroutine.create()
return coroutine.create(1)
return coroutine.resume()
return coroutine.resume(1)
return getmetatable()
return loadstring()
return loadstring(nil)
return load()
return load(1)
return pcall()
return {pcall(nil)}
return xpcall()
return xpcall(error)
return tostring()
return tonumber()
return ipairs()
return ipairs(nil)
return select()
return select(0)
return rawequal()
return rawequal(1)
local ok,e=pcall(pairs) return e
local ok,e=pcall(string.find) return e
local ok,e=pcall(function() string.find() end) return e
local function f() string.find() end f()
local p=pairs p()
local t={p=pairs} t.p()
return {pcall(unpack)}
local x = ('x'):find()
local x = ('x').find()
return ('x'):find()
return ('x'):find({})
return ('x'):match()
return ('x'):gmatch()
return ('x'):gfind()
return ('x'):gsub()
return ('x'):gsub('x')
return ('x'):gsub('x', 1, 'z')
return ('x'):rep()
return ('x'):sub({})
return ('x'):byte({})
return ('%d'):format('x')
return ('x'):char()
return ('x'):nosuch()
return {pcall(function() return ('x'):find() end)}
local t={n=struct.pack} return t:n()
local t={n=cjson.decode} return t:n()
local t={n=cjson.decode} local x = t:n({})
local t={n=bit.band} local x = t:n()
local t={n=bit.band} local x = t:n(1)
local t={n=bit.band} local x = bit.band(t)
return string.dump()
return string.dump(string.len)
coroutine.wrap(function() pairs() end)()
return {coroutine.resume(coroutine.create(function() local x = next() end))}
return {xpcall(function() pairs() end, function(e) return e .. '!' end)}
return {pcall(error, 'x')}
return {pcall(string.rep)}
local s = setmetatable({}, {__index = function() local x = pairs() end}) return s.x
"""


@for_each("script", WRONG_ARGUMENTS.strip().splitlines())
def test_an_error_of_lua_names_the_function_and_the_line_of_the_script(both, script):
    for text in (script, f"local x = 1\nlocal result = (function() {script} end)()\nreturn result"):
        ours, real = both("EVAL", text, 0)
        if text is script or not script.startswith("return"):  # a tail call leaves no line
            assert repr(ours) == repr(real)
        else:
            assert type(ours) is type(real)


def test_a_table_within_itself_is_nested_too_deep_for_json(redis):
    reply = redis("EVAL", "local t = {} t[1] = t return cjson.encode(t)", 0)
    assert "Cannot serialise, excessive nesting (1001)" in str(reply)
    assert redis("EVAL", "local t = {} t[1] = t return cmsgpack.pack(t)", 0) == b"\x91" * 16 + b"\xc0"


def test_a_setting_of_cjson_is_changed(redis):
    redis("EVAL", "cjson.encode_sparse_array(true)", 0)
    assert redis("EVAL", "return cjson.encode({[1]=1, [100]=3})", 0) == b'{"1":1,"100":3}'
    redis("EVAL", "cjson.encode_sparse_array(false)", 0)
