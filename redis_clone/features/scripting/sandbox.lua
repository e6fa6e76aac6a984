-- The sandbox: the globals that scripts see.
--
-- This chunk runs once in each interpreter, before any script.  It copies the functions that it needs into locals
-- and returns functions for interpreter.py.  Scripts see `globals` through a read-only *proxy*: an empty table that
-- reads from the real one and raises an error when it is written.  An unchanged Lua 5.1 cannot make a table
-- read-only, so each function that could bypass a proxy (rawset, next, table.insert ...) is replaced by a version
-- that knows proxies.
--
-- Scripts hold no Python object.  `host` has Python functions; native() makes a C function of each, which a script
-- cannot inspect, since there is no `debug`.  (A Lua function would not do: `return redis.call(...)` is a tail call,
-- so the script's own frame would be gone, and with it the line for the error.)  When a Python function raises an
-- exception, Lua sees an error that holds the Python object.  Wherever a script could catch it, it is replaced:
--     "\1text"    from a library: by a string with the line in front, as C libraries do; "\2" in it stands for
--                 the name by which the script called the function
--     "\3text"    from a command: by a table {err = "text"} with a field for INFO's errorstats
--     "text"      from Redis: by a table {err = "text"}

local host = ...
local native = python.as_function

local error, getmetatable, next, pairs, pcall, rawequal, rawget, rawset = error, getmetatable, next, pairs, pcall, rawequal, rawget, rawset
local select, setfenv, setmetatable, tostring, type, unpack, xpcall = select, setfenv, setmetatable, tostring, type, unpack, xpcall
local loadstring, load, getinfo, sethook = loadstring, load, debug.getinfo, debug.sethook
local byte, sub, gsub, find, match, create, insert, foreach = string.byte, string.sub, string.gsub, string.find, string.match, coroutine.create, table.insert, table.foreach
local resume, check = coroutine.resume, native(host.check)
local leave, fail = native(host.leave), native(host.fail) -- each gets the outcome of a script

local READ_ONLY = "Attempt to modify a readonly table"
local MOST_VALUES = 8000 -- returned by one function
local RUNNING -- the line below which no function of the sandbox is between a script and its caller
local INSTRUCTIONS = 100000 -- between two checks of the time

-- Proxies.

local proxied = setmetatable({}, {__mode = "k"}) -- from a proxy to the table that it shows

local function reject_write()
    error(READ_ONLY, 2)
end

local proxy

local shown_metatable -- returned by getmetatable() of a proxy

function proxy(t)
    local made = setmetatable({}, {__index = t, __newindex = reject_write, __metatable = shown_metatable})
    proxied[made] = t
    return made
end

shown_metatable = proxy({})

local function writable(...) -- the arguments, of which the first must not be a proxy
    if proxied[(...)] then error(READ_ONLY, 0) end
    return ...
end

local function shown(...) -- the arguments, but the first is what it shows if it is a proxy
    local t = proxied[(...)]
    if t then return t, select(2, ...) end
    return ...
end

local function missing(_, name)
    error("Script attempted to access nonexistent global variable '" .. tostring(name) .. "'", 2)
end

-- A killed script must end even if it catches errors: from then on each line raises the reason again.

local is_ended = false

local function check_time()
    local reason = check()
    if reason then
        is_ended = true
        sethook(check_time, "l") -- at each line: after 100,000 instructions a loop may always be in the sandbox
        if getinfo(2, "S").source ~= "=sandbox" then error({err = reason}, 0) end -- only in lines of the script
    end
end

local function watched(thread)
    sethook(thread, check_time, "", INSTRUCTIONS)
    return thread
end

local function watch()
    is_ended = false
    sethook(check_time, "", INSTRUCTIONS)
end

watch()

-- Replacements of Lua's own functions.

local function env_of_code(f, reason)
    if f then setfenv(f, host.env) end
    return f, reason
end

-- Errors that a script can catch.

local function is_of_a_script(info)
    return (info.what == "Lua" or info.what == "main") and info.source ~= "=sandbox"
end

local function where(info)
    return info and is_of_a_script(info) and info.short_src .. ":" .. info.currentline .. ": " or ""
end

-- A function of the sandbox that replaces one of Lua's calls that one, so an error names a line and a local name of
-- the sandbox: `rename` says instead what the script called, and where.  A tail call leaves nothing to say where,
-- but for a script of a single line.

local names = {} -- from a function of the sandbox to its name
local is_method = {} -- of strings: the functions that are found in `('x'):find()`, and not in `string.find('x')`
local only_line -- of the script that runs, if it has only one

local function numbered(text, name, takes_self) -- the arguments of a method are counted without itself
    return (gsub(text, "^bad argument #(%d+) to '[^']*'", function(number)
        if takes_self then number = number - 1 end
        if takes_self and number == 0 then return "calling '" .. name .. "' on bad self" end
        return "bad argument #" .. number .. " to '" .. name .. "'"
    end))
end

local function rename(text, called, caller)
    local is_tail_call = caller and caller.what == "tail"
    local name = is_tail_call and names[called.func] or caller and is_of_a_script(caller) and called.name or "?"
    local takes_self = called.namewhat == "method" or is_tail_call and is_method[called.func]
    text = numbered(gsub(text, "^sandbox:%d+: ", ""), name, takes_self)
    return where(is_tail_call and only_line or caller) .. text
end

local function ordinary(reason, thread)
    -- Called by a handler, before the stack is unwound; or for a coroutine, which keeps its stack.
    local function info(level, what) -- level 0 is the function that raised the error
        if thread then return getinfo(thread, level, what) end
        return getinfo(level + 4, what)
    end
    if type(reason) == "string" and find(reason, "^sandbox:%d+: ") then
        local level = info(0, "S").what == "C" and 1 or 0
        local line = tonumber(match(reason, "%d+"))
        local at = info(level, "S")
        if not at or at.source ~= "=sandbox" or line > RUNNING then return reason end
        while info(level + 1, "S") and info(level + 1, "S").source == "=sandbox" do level = level + 1 end
        return rename(reason, info(level, "nf"), info(level + 1, "Sl"))
    end
    if type(reason) ~= "userdata" then return reason end
    local text = tostring(reason)
    if byte(text) == 3 then return {err = sub(text, 2), ignore_error_stats_update = true} end
    if byte(text) ~= 1 then return {err = text} end
    local called, caller = info(0, "n"), info(1, "Sl")
    local name = caller and is_of_a_script(caller) and called.name or "?"
    text = gsub(sub(text, 2), "\2", function() return name end, 1)
    return where(caller) .. numbered(text, name, called and called.namewhat == "method")
end

local function caught(reason)
    reason = ordinary(reason)
    local line = type(reason) == "table" and rawget(reason, "err")
    if type(line) == "string" or type(line) == "number" then return line end -- pcall returns only the line
    return reason
end

local function resumed(thread, ok, ...)
    if ok then return true, ... end
    return false, ordinary((...), thread)
end

local function wrapped(ok, ...)
    if ok then return ... end
    local reason = ...
    if type(reason) == "string" then reason = where(getinfo(3, "Sl")) .. reason end -- as Lua does
    error(reason, 0)
end

local string_metatable = getmetatable("")

local null = newproxy(true) -- JSON's null; a value of its own, because a table cannot hold nil
getmetatable(null).__tostring = function() return "userdata: (nil)" end -- as the null pointer there

local base = {
    _VERSION = _VERSION, assert = assert, collectgarbage = collectgarbage, error = error, gcinfo = gcinfo,
    ipairs = ipairs, rawequal = rawequal, select = select, tonumber = tonumber, tostring = tostring,
    type = type,

    -- Lua counts the values in an int; a wide range overflows it, and Lua would write outside its stack.
    unpack = function(...)
        local _, first, last = ...
        local from, to = tonumber(first) or 1, tonumber(last) or 1
        if not (from > -2^31 and from < 2^31 and to > -2^31 and to < 2^31 and to - from < MOST_VALUES) then
            error("too many results to unpack")
        end
        return unpack(...)
    end,
    next = function(...) return next(shown(...)) end,
    pairs = function(...) return pairs(shown(...)) end,
    rawget = function(...) return rawget(shown(...)) end,
    rawset = function(...) return rawset(writable(...)) end,
    setmetatable = function(...) return setmetatable(writable(...)) end,
    pcall = function(...)
        local count, call = select("#", ...), {...}
        if count == 1 then return xpcall((...), caught) end
        -- a new function, so that errors name no function of the sandbox
        return xpcall(function() return call[1](unpack(call, 2, count)) end, caught)
    end,
    xpcall = function(...)
        local f, handler = ...
        if select("#", ...) < 2 then error("bad argument #2 to 'xpcall' (value expected)") end
        return xpcall(f, function(reason)
            reason = ordinary(reason)
            return handler(reason)
        end)
    end,

    -- Compiled code can break the interpreter, so only text is loaded.  Compiled code begins with an escape.
    loadstring = function(...)
        local text, name = ...
        if type(text) ~= "string" and type(text) ~= "number" then return loadstring(...) end -- which raises
        text = tostring(text)
        if byte(text) == 27 then return nil, "attempt to load a compiled chunk" end
        return env_of_code(loadstring(text, name))
    end,
    load = function(...)
        local reader, name = ...
        if type(reader) ~= "function" then return load(...) end -- which raises
        local is_first = true
        return env_of_code(load(function()
            local piece = reader()
            if is_first and type(piece) == "string" and byte(piece) == 27 then
                error("attempt to load a compiled chunk", 0)
            end
            is_first = is_first and piece == ""
            return piece
        end, name))
    end,
}

local strings = {}
for name, value in next, string do strings[name] = value end

-- Lua's matcher calls itself for each repetition and each parenthesis in a pattern, so very many of them would
-- overflow the C stack and end the process.  A thousand are safe; other characters are not limited.

local MOST_CALLS = 1000

local function bounded(match)
    return function(...)
        local _, pattern, _, is_plain = ...
        if type(pattern) == "string" and #pattern > MOST_CALLS and is_plain ~= true then
            local _, calls = gsub(pattern, "[-*+?()]", "")
            if calls > MOST_CALLS then error("pattern too complex") end
        end
        return match(...)
    end
end

local methods = {} -- of strings; apart from their library, so that an error knows a tail call of one
for name, value in next, strings do methods[name] = value end
for _, name in next, {"find", "match", "gmatch", "gfind", "gsub"} do
    methods[name], strings[name] = bounded(strings[name]), bounded(strings[name])
    is_method[methods[name]] = true
end

local string_proxy = proxy(strings)
string_metatable.__index = methods
local string_metatable_proxy = proxy({__index = string_proxy})

base.getmetatable = function(...)
    local value, found = (...), getmetatable(...)
    if rawequal(found, string_metatable) then return string_metatable_proxy end
    if rawequal(value, null) then return nil end
    if rawequal(found, shown_metatable) and not rawequal(value, base._G) then return nil end
    return found
end

local tables = {}
for name, value in next, table do tables[name] = value end
tables.insert = function(...) return insert(writable(...)) end
tables.foreach = function(...) return foreach(shown(...)) end

local maths = {}
for name, value in next, math do maths[name] = value end

local function started(...)
    return watched(create(...))
end

local coroutines = {
    create = started,
    wrap = function(...)
        local thread = started(...)
        return function(...) return wrapped(resumed(thread, resume(thread, ...))) end
    end,
    resume = function(...) return resumed((...), resume(...)) end,
    running = coroutine.running, status = coroutine.status, yield = coroutine.yield,
}

-- The libraries.

local function library(name, functions, rest)
    local made = rest or {}
    for _, word in next, functions do made[word] = native(host[name .. "_" .. word]) end
    return made
end


local json_words = {
    "encode", "decode", "encode_sparse_array", "encode_max_depth", "decode_max_depth", "encode_number_precision",
    "encode_keep_buffer", "encode_invalid_numbers", "decode_invalid_numbers",
}

local constants = {
    LOG_DEBUG = 0, LOG_VERBOSE = 1, LOG_NOTICE = 2, LOG_WARNING = 3,
    REDIS_VERSION = host.version, REDIS_VERSION_NUM = host.version_number,
}

local redis = {
    REPL_NONE = 0, REPL_AOF = 1, REPL_SLAVE = 2, REPL_REPLICA = 2, REPL_ALL = 3,
    log = native(host.log), sha1hex = native(host.sha1hex), setresp = native(host.setresp),
    set_repl = native(host.set_repl), acl_check_cmd = native(host.acl_check_cmd),
    call = native(host.call), pcall = native(host.pcall),
    breakpoint = function() return false end,
    debug = function() end,
    replicate_commands = function() return true end,

    error_reply = function(...)
        local line = ...
        if select("#", ...) ~= 1 or type(line) ~= "string" then
            return {err = "ERR wrong number or type of arguments"}
        end
        if byte(line) == 45 then line = sub(line, 2) end -- the dash is added by the encoder
        local space = find(line, " ", 1, true)
        local code = space and sub(line, 1, space - 1) or "ERR" -- a single word is no error code
        local text = space and sub(line, space + 1) or line
        return {err = code .. " " .. gsub(gsub(text, "^[\r\n]+", ""), "[\r\n]+$", "")}
    end,
    status_reply = function(...)
        if select("#", ...) ~= 1 or type(...) ~= "string" then
            return {err = "ERR wrong number or type of arguments"}
        end
        return {ok = (...)}
    end,
}
for name, value in next, constants do redis[name] = value end

for _, functions in next, {base, strings, methods, tables, coroutines} do
    for name, f in next, functions do
        if type(f) == "function" then names[f] = name end
    end
end

local globals = base
globals.string = string_proxy
globals.table = proxy(tables)
globals.math = proxy(library("math", {"random", "randomseed"}, maths))
globals.coroutine = proxy(coroutines)
globals.redis = proxy(redis)
globals.bit = proxy(library("bit", {
    "tobit", "tohex", "bnot", "band", "bor", "bxor", "lshift", "rshift", "arshift", "rol", "ror", "bswap",
}))
globals.struct = proxy(library("struct", {"pack", "unpack", "size"}))
globals.cmsgpack = proxy(library("cmsgpack", {"pack", "unpack", "unpack_one", "unpack_limit"}, {
    _NAME = "cmsgpack", _VERSION = "lua-cmsgpack 0.4.0", _COPYRIGHT = "see cmsgpack's authors",
    _DESCRIPTION = "MessagePack for Lua",
}))
local json = library("cjson", json_words, {null = null, _NAME = "cjson", _VERSION = "2.1.0"})
globals.cjson = proxy(json)
json.new = function() return globals.cjson end

setmetatable(globals, {__index = missing})
local env = proxy(globals)
globals._G = env
host.env = env

-- While a library of functions is loaded, it sees only `redis`, with only these fields.

local registered = {log = redis.log, register_function = native(host.register_function)}
for name, value in next, constants do registered[name] = value end
setmetatable(registered, {__index = missing})
local while_loading = setmetatable({redis = proxy(registered)}, {__index = missing})

-- Running.

RUNNING = getinfo(1, "l").currentline -- below, no sandbox function is between a script and its caller

local function explained(reason)
    -- Called where an error was raised: adds the innermost line that belongs to a script.
    reason = ordinary(reason)
    local level = 2
    local info = getinfo(level, "Sl")
    while info and not is_of_a_script(info) do
        level = level + 1
        info = getinfo(level, "Sl")
    end
    if type(reason) ~= "table" then
        local text = gsub(tostring(reason), "^sandbox:(%d+): ", function(line)
            return tonumber(line) < RUNNING and where(info) or "" -- from error(text, 3) in a script
        end)
        reason = {err = "ERR " .. text}
    end
    info = info or only_line
    if info then
        reason.source, reason.line = info.source, info.currentline
    end
    return reason
end

local function report(ok, value)
    if ok then return leave(value) end
    if type(value) ~= "table" then return fail("ERR Error running script, " .. tostring(value)) end
    local line = rawget(value, "err")
    if type(line) ~= "string" and type(line) ~= "number" then line = "ERR unknown error" end
    return fail(tostring(line), rawget(value, "source"), rawget(value, "line"), rawget(value, "ignore_error_stats_update"))
end

-- An *entry point* is interpreter.py's handle of a script: a table that runs the script when it is converted to a
-- string.  (The opening of interpreter.py says why it is not called.)  The result goes back through report().

local function entry_point(run)
    return setmetatable({}, {__tostring = function()
        if is_ended then watch() end
        run()
        return ""
    end})
end

local given = {} -- the arguments of the script that is about to run; the first given[0] are keys

local one_line = setmetatable({}, {__mode = "k"}) -- from a script of one line to the info of that line

local function taken(first, last)
    local args = {}
    for place = first, last do
        args[place - first + 1], given[place] = given[place], nil
    end
    return args
end

local function script_entry_point(f)
    local line = one_line[f]
    return entry_point(function()
        only_line = line
        local key_count, count = given[0], #given
        globals.KEYS, globals.ARGV = taken(1, key_count), taken(key_count + 1, count)
        report(xpcall(f, explained))
    end)
end

local function function_entry_point(f)
    return entry_point(function()
        only_line = nil
        local key_count, count = given[0], #given
        local keys, arguments = taken(1, key_count), taken(key_count + 1, count)
        report(xpcall(function() return f(keys, arguments) end, explained))
    end)
end

local function compile(text, name)
    if byte(text) == 27 then -- compiled code: see loadstring above
        return nil, name .. ":1: unexpected symbol near 'char(27)'"
    end
    local f, reason = env_of_code(loadstring(text, "@" .. name))
    if f and not find(text, "\n", 1, true) then
        one_line[f] = {what = "main", source = "@" .. name, short_src = name, currentline = 1}
    end
    return f, reason
end

local function library_entry_point(f)
    return entry_point(function()
        local metatable = {__index = while_loading, __newindex = reject_write, __metatable = shown_metatable}
        local its_env = setmetatable({}, metatable)
        proxied[its_env] = while_loading
        setfenv(f, its_env)
        report(xpcall(f, explained))
        metatable.__index, proxied[its_env] = globals, globals
    end)
end

-- Reading a table that holds a native function from Python ends the process (a fault of lupa).  So before Python
-- reads a table, such functions are replaced, in a copy.

local function placeholder() end

local function harmless(value)
    if type(value) == "function" and getinfo(value, "S").what == "C" then return placeholder end
    return value
end

local function without_native(t)
    for key, value in next, t do
        if type(value) == "function" or type(key) == "function" then
            local copy = {}
            for key, value in next, t do copy[harmless(key)] = harmless(value) end
            return copy
        end
    end
    return t
end

-- lupa makes the integer 0 of -0, so Python is told where -0 is: the places, from 0, in the order of next().

local function minus_zeros(t)
    local places, place = nil, 0
    for _, value in next, t do
        if value == 0 and 1 / value < 0 then
            places = places or {}
            places[#places + 1] = place
        end
        place = place + 1
    end
    return places
end

local function readable(t)
    local shown = without_native(t)
    return shown, minus_zeros(shown)
end

return {
    compile = compile, given = given, readable = readable,
    script_entry_point = script_entry_point, function_entry_point = function_entry_point,
    library_entry_point = library_entry_point,
    null = null, is_null = function(value) return rawequal(value, null) end,
}
