"""The verbs of a database, the changes that they record, and random actions compared with a plain model."""

from collections import Counter
from random import Random

import pytest

from redis_clone.protocol.errors import WRONG_TYPE, RedisError
from redis_clone.storage.account import EMPTY_DATABASE, size_of_key
from redis_clone.storage.database import Database
from redis_clone.storage.sizes import SAMPLES
from redis_clone.storage.strings import STRING
from redis_clone.structures.clock import Clock


class World:
    """Two databases that share a clock, which the test sets, and the list of their changes."""

    def __init__(self):
        self.now_ms = 1_000
        self.clock = Clock(lambda: self.now_ms * 1_000_000)
        self.changes = []
        self.dbs = [Database(index, self.clock, self.changes) for index in range(2)]

    def pass_time(self, ms):
        self.now_ms += ms
        self.clock.tick()

    def take_events(self):
        """The events of database 0 that were recorded since the last call."""
        events = [(event, key) for event, key, db in self.changes if db == 0]
        self.changes.clear()
        return events


@pytest.fixture
def world():
    return World()


@pytest.fixture
def db(world):
    return world.dbs[0]


def check(database):
    """Asserts what is always true of a database."""
    assert database.expires.keys() <= database._values.keys(), "only a key that is there can expire"
    assert all(value or isinstance(value, STRING) for value in database._values.values()), "none is empty"
    assert database._access_fields.keys() == database._values.keys(), "each key has its access field"
    for part in (database.expires, database.own_expires, database.versions):
        part.check()
    database._account.check(database._values)
    counted = [
        size_of_key(key, value, key in database.expires, SAMPLES) for key, value in database._values.items()
    ]
    beside = EMPTY_DATABASE + database.size_of_indexes()
    assert database.size() == sum(counted) + beside, "the size is that of the keys"
    if database._index is not None:
        database._index.check()
        assert set(database._index) == database._values.keys(), "the index knows every key"
    if database._slots is not None:
        database._slots.check()
        assert len(database._slots) == len(database), "the index of the slots knows every key"


# Looking.


def test_a_value_that_is_stored_is_found_and_counted_as_a_hit(db):
    assert db.get(b"a", bytes) is None
    db.update(b"a", b"1", "set")
    assert db.get(b"a", bytes) == b"1"
    assert (db.hits, db.misses) == (1, 1)


def test_the_index_of_slots_stays_when_all_keys_go(db):
    db.slots(slot_of)
    db.set_value(b"1", b"value", "set")
    db.clear()
    db.set_value(b"5", b"value", "set")
    assert db._slots is not None and list(db.slots(slot_of).keys_in(1)) == [b"5"]


def test_a_database_beside_has_the_index_of_slots_from_the_beginning(db):
    db.slots(slot_of)
    beside = db.beside()
    beside.load(b"5", b"value", None)
    db.swap(beside)
    assert db._slots is not None and list(db._slots.keys_in(1)) == [b"5"]


def test_editing_is_neither_a_hit_nor_a_miss(db):
    db.update(b"a", b"1", "set")
    assert db.edit(b"a", bytes) == b"1" and db.edit(b"b", bytes) is None
    assert (db.hits, db.misses) == (0, 0)


@pytest.mark.parametrize("look", [Database.get, Database.edit])
def test_a_value_of_another_kind_is_the_wrong_type(db, look):
    db.update(b"a", [1], "rpush")
    with pytest.raises(RedisError) as caught:
        look(db, b"a", STRING)
    assert caught.value == RedisError(WRONG_TYPE)


@pytest.mark.parametrize("value", [b"", b"text", bytearray(b""), bytearray(b"text")])
def test_a_string_may_be_empty_and_may_be_a_bytearray(db, value):
    db.update(b"a", value, "set")
    assert db.get(b"a", STRING) is value


LOOKS = {
    "get": lambda db: db.get(b"a", bytes),
    "edit": lambda db: db.edit(b"a", bytes),
    "in": lambda db: b"a" in db or None,
    "random_key": lambda db: db.random_key(Random(1)),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_every_verb_finds_no_expired_key_and_records_its_expiry_once(world, db, look):
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", world.now_ms + 5)
    world.pass_time(4)
    assert b"a" in db
    world.pass_time(1)
    assert db.live_keys() == [] and len(db) == 1  # as DBSIZE counts
    world.take_events()
    assert look(db) is None
    assert world.take_events() == [("expired", b"a")]
    assert (db.expired, len(db), len(db.expires)) == (1, 0, 0)
    check(db)


def test_an_expired_key_that_nobody_looked_for_is_stored_and_deleted_like_any_other(world, db):
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", world.now_ms + 1)
    world.pass_time(1)
    world.take_events()
    assert db.stored(b"a") == b"1" and db.scan(0, 10) == (0, [b"a"])
    assert db.delete(b"a") and db.stored(b"a") is None
    assert world.take_events() == [("del", b"a")] and db.expired == 0


# Changing.


def test_update_keeps_the_time_to_live_and_set_value_does_not(world, db):
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", 2_000)
    db.update(b"a", b"2", "append")
    assert db.expire_at_ms(b"a") == 2_000
    db.set_value(b"a", b"3", "set")
    assert db.expire_at_ms(b"a") is None
    assert [event for event, _ in world.take_events()] == ["set", "expire", "append", "set"]


def test_set_value_over_an_expired_key_records_its_expiry_first(world, db):
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", 1_001)
    world.pass_time(1)
    world.take_events()
    db.set_value(b"a", b"2", "set")
    assert world.take_events() == [("expired", b"a"), ("set", b"a")] and db.expired == 1


def test_a_container_that_is_empty_after_an_update_is_deleted(world, db):
    items = [1]
    db.update(b"a", items, "rpush")
    items.clear()
    db.update(b"a", items, "lpop")
    assert b"a" not in db
    assert world.take_events() == [("rpush", b"a"), ("lpop", b"a"), ("del", b"a")]


def test_deleting_says_whether_the_key_was_there_and_what_to_call_it(world, db):
    db.update(b"a", b"1", "set")
    assert db.delete(b"a", "evicted") is True and db.delete(b"a") is False
    assert world.take_events() == [("set", b"a"), ("evicted", b"a")]


def test_renaming_brings_the_time_to_live_along_and_drops_what_was_there(world, db):
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", 2_000)
    db.update(b"b", [1], "rpush")
    db.expire_at(b"b", 3_000)
    world.take_events()
    db.rename(b"a", b"b")
    assert (db.get(b"b", bytes), db.expire_at_ms(b"b"), b"a" in db) == (b"1", 2_000, False)
    assert world.take_events() == [("rename_from", b"a"), ("rename_to", b"b")]


def test_moving_brings_value_and_time_to_live_to_the_other_database(world, db):
    other = world.dbs[1]
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", 2_000)
    world.changes.clear()
    other.take_from(db, b"a")
    assert (b"a" in db, other.get(b"a", bytes), other.expire_at_ms(b"a")) == (False, b"1", 2_000)
    assert world.changes == [("move_from", b"a", 0), ("move_to", b"a", 1)]


def test_persisting_is_a_change_only_where_there_was_a_time_to_live(world, db):
    db.update(b"a", b"1", "set")
    assert db.persist(b"a") is False and db.persist(b"missing") is False
    db.expire_at(b"a", 2_000)
    assert db.persist(b"a") is True and db.expire_at_ms(b"a") is None
    assert [event for event, _ in world.take_events()] == ["set", "expire", "persist"]


def test_clearing_counts_the_keys_and_swapping_exchanges_them(world, db):
    other = world.dbs[1]
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", 2_000)
    db.swap(other)
    assert (len(db), len(other), other.expire_at_ms(b"a")) == (0, 1, 2_000)
    assert (db.clear(), other.clear(), other.clear()) == (0, 1, 0)
    assert not other.expires


def test_the_average_time_to_live_is_of_the_keys_that_have_one(world, db):
    assert db.expires.average_left_ms(world.now_ms) == 0
    for key, expire_at_ms in ((b"a", 1_100), (b"b", 1_300), (b"c", None), (b"expired", 900)):
        db.update(key, b"1", "set")
        if expire_at_ms is not None:
            db.expire_at(key, expire_at_ms)
    assert db.expires.average_left_ms(world.now_ms) == (100 + 300 + 0) // 3 and len(db.expires) == 3


# Watching.


def test_a_watched_key_that_expires_has_changed_and_one_that_had_expired_before_has_not(world, db):
    db.update(b"a", b"1", "set")
    db.expire_at(b"a", 1_005)
    seen = db.watch(b"a")
    world.pass_time(5)
    assert db.version(b"a") != seen
    db.versions.unwatch(b"a")
    db.update(b"b", b"1", "set")
    db.expire_at(b"b", 1_010)
    world.pass_time(5)
    seen = db.watch(b"b")
    assert db.version(b"b") == seen


@pytest.mark.parametrize(
    "change",
    [Database.clear, lambda db: db.swap(Database(1, Clock(lambda: 0), []))],
    ids=["clear", "swap"],
)
def test_a_change_of_the_whole_database_changes_the_watched_keys_that_were_there(db, change):
    db.update(b"a", b"1", "set")
    there, missing = db.watch(b"a"), db.watch(b"b")
    change(db)
    assert db.version(b"a") != there and db.version(b"b") == missing


def test_swapping_in_a_watched_key_changes_it_even_under_the_same_value(world, db):
    other = world.dbs[1]
    other.update(b"a", b"1", "set")
    seen = db.watch(b"a")
    db.swap(other)
    assert db.version(b"a") != seen


def test_many_writes_leave_no_versions_behind(db):
    for number in range(1_000):
        db.update(b"%d" % number, b"1", "set")
        db.delete(b"%d" % number)
    assert db.versions == {} == db.expires == db._values


# Picking and scanning.


def test_a_random_key_is_never_an_expired_one(world, db):
    assert db.random_key(Random(1)) is None
    for number in range(50):
        db.update(b"%d" % number, b"1", "set")
        if number % 5:
            db.expire_at(b"%d" % number, 1_001)
    world.pass_time(1)
    random = Random(1)
    counts = Counter(db.random_key(random) for _ in range(1_000))
    assert counts.keys() == {b"%d" % number for number in range(0, 50, 5)} and min(counts.values()) > 50
    check(db)


def disturb(db, key, random):
    """Delete a key, or make one that may expire before the next step."""
    if random.random() < 0.5:
        db.delete(key)
    else:
        db.set_value(key, b"1", "set")
        if random.random() < 0.5:
            db.expire_at(key, 1_001 + random.randrange(20))


@pytest.mark.parametrize("seed", range(10))
def test_a_scan_returns_every_key_that_is_there_all_the_time(world, db, seed):
    random = Random(seed)
    always = {b"always:%d" % number for number in range(40)}
    for key in always:
        db.update(key, b"1", "set")
    for number in range(40):
        db.update(b"%d" % number, b"1", "set")
    cursor, seen, steps = 0, set(), 0
    while cursor or not steps:
        cursor, found = db.scan(cursor, random.randint(1, 8))
        seen.update(found)
        steps += 1
        for _ in range(random.randint(0, 10)):
            disturb(db, b"%d" % random.randrange(80), random)
        world.pass_time(1)
    assert always <= seen and steps <= 80
    check(db)


# Random actions.


class Model:
    """A plain model of a database: no index, and versions of all keys."""

    def __init__(self, index, clock, changes):
        self.index, self.clock, self.changes = index, clock, changes
        self.content = {}  # key -> [value, when it expires or None]
        self.writes = Counter()
        self.watches = []  # (key, our version of it then, the model's version then)
        self.hits = self.misses = self.expired = 0

    def record(self, event, key):
        self.changes.append((event, key, self.index))
        self.writes[key] += 1

    def is_over(self, key):
        """Whether the key is there and has expired."""
        return key in self.content and (self.content[key][1] or 1e99) <= self.clock.now_ms

    def lives(self, key):
        return key in self.content and not self.is_over(key)

    def version(self, key):
        """Its writes; that it has expired is one, though the key may not be deleted yet."""
        return self.writes[key] + self.is_over(key)

    def touch(self, key):
        """Whether the key is there; deletes it first when it has expired."""
        if self.is_over(key):
            del self.content[key]
            self.expired += 1
            self.record("expired", key)
        return key in self.content


KEYS = [b"%d" % number for number in range(8)]


def get(db, model, other, random):
    key = random.choice(KEYS)
    there = model.touch(key)
    model.hits += there
    model.misses += not there
    assert db.get(key, object) == (model.content[key][0] if there else None)


def set_value(db, model, other, random):
    key, value = random.choice(KEYS), random.choice([b"", b"text", [1], [1, 2]])
    model.touch(key)
    model.content[key] = [list(value) if isinstance(value, list) else value, None]
    model.record("set", key)
    db.set_value(key, value, "set")


def edit(db, model, other, random):
    """Change a list in place, which may leave it empty."""
    key = random.choice(KEYS)
    if not model.touch(key):
        assert db.edit(key, list) is None
    elif isinstance(model.content[key][0], bytes):
        with pytest.raises(RedisError):
            db.edit(key, list)
    else:
        ours, theirs = db.edit(key, list), model.content[key][0]
        for items in (ours, theirs):
            items.pop()
        db.update(key, ours, "rpop")
        model.record("rpop", key)
        if not theirs:
            del model.content[key]
            model.record("del", key)


def append(db, model, other, random):
    """Add to a list in place, or make one."""
    key = random.choice(KEYS)
    if model.touch(key) and isinstance(model.content[key][0], bytes):
        return
    value = db.edit(key, list) or []
    value.append(3)
    db.update(key, value, "rpush")
    model.content.setdefault(key, [[], None])[0].append(3)
    model.record("rpush", key)


def delete(db, model, other, random):
    key = random.choice(KEYS)
    there = key in model.content  # expired or not
    if there:
        del model.content[key]
        model.record("del", key)
    assert db.delete(key) == there


def expire(db, model, other, random):
    key, expire_at_ms = random.choice(KEYS), model.clock.now_ms + random.randint(1, 10)
    assert (key in db) == model.touch(key)
    if key in db:
        db.expire_at(key, expire_at_ms)
        model.content[key][1] = expire_at_ms
        model.record("expire", key)


def persist(db, model, other, random):
    key = random.choice(KEYS)
    assert (key in db) == model.touch(key)
    if key in db:
        had_one = model.content[key][1] is not None
        assert db.persist(key) == had_one
        if had_one:
            model.content[key][1] = None
            model.record("persist", key)


def rename(db, model, other, random):
    source, target = random.sample(KEYS, 2)
    assert (source in db) == model.touch(source)
    if source in db:
        db.rename(source, target)
        model.touch(target)
        model.content[target] = model.content.pop(source)
        model.record("rename_from", source)
        model.record("rename_to", target)


def move(db, model, other, random):
    key = random.choice(KEYS)
    their_db, their_model = other
    there, here = their_model.touch(key), model.touch(key)
    assert (key in their_db, key in db) == (there, here)
    if there and not here:
        db.take_from(their_db, key)
        model.content[key] = their_model.content.pop(key)
        their_model.record("move_from", key)
        model.record("move_to", key)


def clear(db, model, other, random):
    assert db.clear() == len(model.content)
    model.writes.update(model.content.keys())
    model.content.clear()
    model.changes.append(("flushdb", b"", model.index))


def swap(db, model, other, random):
    their_db, their_model = other
    db.swap(their_db)
    for each, replacement in ((model, their_model), (their_model, model)):
        for key in KEYS:
            changes = model.lives(key) or their_model.lives(key)
            each.writes[key] = each.version(key) + changes - replacement.is_over(key)
    model.content, their_model.content = their_model.content, model.content
    model.changes.append(("swapdb", b"", model.index))


def watch(db, model, other, random):
    key = random.choice(KEYS)
    model.watches.append((key, db.watch(key), model.version(key)))


def unwatch(db, model, other, random):
    if model.watches:
        key, _, _ = model.watches.pop(random.randrange(len(model.watches)))
        db.versions.unwatch(key)


def compare_versions(db, model, other, random):
    for key, ours, theirs in model.watches:
        assert db.version(key) - ours == model.version(key) - theirs


def scan(db, model, other, random):
    """Touch every key, in any order; from here on the database has an index."""
    _, found = db.scan(0, 100)
    for _, key, _ in db._changes[len(model.changes) :]:
        model.touch(key)
    assert sorted(found) == sorted(model.content)


def look_into_slots(db, model, other, random):
    """Find the keys of a slot; from here on the database has an index of the slots, as in a cluster."""
    slot = random.randrange(4)
    assert set(db.slots(slot_of).keys_in(slot)) == {key for key in model.content if slot_of(key) == slot}


def slot_of(key):
    return key[0] % 4


def expire_some(db, model, other, random):
    """Active expiry, of any keys, but they must have expired."""
    db.expire_some(random.randint(1, 5))
    for _, key, _ in db._changes[len(model.changes) :]:
        model.touch(key)


ACTIONS = [
    expire_some,
    get,
    set_value,
    edit,
    append,
    delete,
    expire,
    persist,
    rename,
    move,
    watch,
    unwatch,
    compare_versions,
    look_into_slots,
]


@pytest.mark.parametrize("seed", range(12))
def test_random_actions_do_what_the_plain_model_does(world, seed):
    random = Random(seed)
    expected = []
    models = [Model(index, world.clock, expected) for index in range(2)]
    for _ in range(500):
        at = random.randrange(2)
        act = random.choice([*ACTIONS, set_value, expire, random.choice([clear, swap, scan, get, get])])
        act(world.dbs[at], models[at], (world.dbs[1 - at], models[1 - at]), random)
        if random.random() < 0.2:
            world.pass_time(random.choice([1, 3, 10, 500]))
        compare(world, models, expected)
    for db, model in zip(world.dbs, models, strict=True):
        for key, _, _ in model.watches:
            db.versions.unwatch(key)
        assert db.versions == {} == db.versions._watchers


def compare(world, models, expected):
    assert world.changes == expected
    for db, model in zip(world.dbs, models, strict=True):
        check(db)
        alive = {
            key for key, (_, expire_at_ms) in model.content.items() if (expire_at_ms or 1e99) > world.now_ms
        }
        assert set(db.live_keys()) == alive and len(db) == len(model.content)
        assert {key: db.expire_at_ms(key) for key in alive} == {key: model.content[key][1] for key in alive}
        assert (db.hits, db.misses, db.expired) == (model.hits, model.misses, model.expired)


def test_a_database_beside_takes_the_place_of_the_other_in_one_swap(world, db):
    db.update(b"old", b"1", "set")
    watched = db.watch(b"old"), db.watch(b"new"), db.watch(b"nowhere")
    beside = db.beside()
    beside.load(b"new", [b"a"], world.now_ms + 500)
    assert world.take_events() == [("set", b"old")] and b"new" not in db
    db.clear()
    db.swap(beside)
    check(db)
    assert world.take_events() == [("flushdb", b""), ("swapdb", b"")]
    assert (db.live_keys(), db.expire_at_ms(b"new"), len(beside)) == ([b"new"], world.now_ms + 500, 0)
    now = db.version(b"old"), db.version(b"new"), db.version(b"nowhere")
    assert [later > before for later, before in zip(now, watched, strict=True)] == [True, True, False]


def make_a_replica(db):
    """A replica at which clients write too."""
    db.keeps_expired_keys = db.expires_own_keys = True


def test_a_replica_lets_expire_what_its_own_clients_let_expire(world, db):
    make_a_replica(db)
    for key, is_masters in ((b"own", False), (b"masters", True), (b"kept", False), (b"later", False)):
        db.expiry_is_on = not is_masters
        db.update(key, b"1", "set")
        db.expire_at(key, world.now_ms + 100)
    db.load(b"loaded", b"1", world.now_ms + 100)
    db.persist(b"kept")
    db.expires.set(b"later", world.now_ms + 9_000, world.now_ms)
    db.rename(b"own", b"renamed")
    assert set(db.own_expires) == {b"own", b"renamed", b"kept", b"later"}
    world.pass_time(1_000)
    assert not db.expire_some(100)
    assert db.live_keys() == [b"kept", b"later"] and len(db) == 4, "two wait for the master"
    assert set(db.own_expires) == {b"later"}
    assert b"masters" not in db and len(db) == 3, "a write must not find it"
    check(db)
    db.clear()
    assert not db.own_expires


def test_a_rename_over_a_hidden_key_leaves_one_key(world, db):
    make_a_replica(db)
    db.load(b"hidden", b"1", world.now_ms - 1)
    db.update(b"new", b"2", "set")
    assert db.get_no_stats(b"hidden") is None and len(db) == 2
    db.rename(b"new", b"hidden")
    assert db.get_no_stats(b"hidden") == b"2" and len(db) == 1
    check(db)
