"""CLIENT TRACKING, CACHING, GETREDIR, TRACKINGINFO.  The tracked keys are in features/tracking.py."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.registry import command_group
from redis_clone.commands.arguments import Options, integer
from redis_clone.features.tracking import Tracked
from redis_clone.protocol.errors import SYNTAX, RedisError
from redis_clone.protocol.replies import OK, Members, SimpleString

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("connection")

Info = dict[bytes, object]

CACHING_NEEDS_A_MODE = (
    "ERR CLIENT CACHING can be called only when the client is in tracking mode with OPTIN or OPTOUT mode "
    "enabled"
)
OTHER_MODE = "before disabling tracking for this client, and then re-enabling it with a different mode."
MUST_NOT_OVERLAP = "Prefixes for a single client must not overlap."


@command("CLIENT|TRACKING", arity=-3, flags="noscript loading stale")
def client_tracking(client: Client, switch: bytes, *args: bytes) -> SimpleString:
    """Sends this connection an invalidation when a key changes that it has read, or that has a prefix.

    CLIENT TRACKING <ON | OFF> [REDIRECT client-id] [PREFIX prefix [PREFIX prefix ...]] [BCAST] [OPTIN]
        [OPTOUT] [NOLOOP]
    Since 6.0.0, O(1), with BCAST O(N) where N is the number of prefixes.
    """
    wanted = _read_options(client, args)
    match switch.upper():
        case b"ON":
            _check_modes(client.tracking or Tracked(), wanted, is_new=client.tracking is None)
            client.server.tracking.start(client, wanted)
        case b"OFF":
            client.server.tracking.stop(client)
        case _:
            raise RedisError(SYNTAX)
    return OK


def _read_options(client: Client, args: tuple[bytes, ...]) -> Tracked:
    wanted = Tracked()
    options = Options(args)
    while options:
        match options.word():
            case b"REDIRECT" if options:
                if wanted.redirect:
                    raise RedisError("ERR A client can only redirect to a single other client")
                wanted.redirect = integer(options.value())
                if wanted.redirect not in client.server.clients:
                    raise RedisError("ERR The client ID you want redirect to does not exist")
            case b"PREFIX" if options:
                wanted.prefixes.append(options.value())
            case b"BCAST":
                wanted.broadcasts = True
            case b"OPTIN":
                wanted.optin = True
            case b"OPTOUT":
                wanted.optout = True
            case b"NOLOOP":
                wanted.noloop = True
            case _:
                raise options.error()
    return wanted


def _check_modes(now: Tracked, wanted: Tracked, is_new: bool) -> None:
    """Raises the first error, in Redis's order."""
    if wanted.prefixes and not wanted.broadcasts:
        raise RedisError("ERR PREFIX option requires BCAST mode to be enabled")
    if not is_new and now.broadcasts != wanted.broadcasts:
        raise RedisError(f"ERR You can't switch BCAST mode on/off {OTHER_MODE}")
    if wanted.broadcasts and (wanted.optin or wanted.optout):
        raise RedisError("ERR OPTIN and OPTOUT are not compatible with BCAST")
    if wanted.optin and wanted.optout:
        raise RedisError("ERR You can't specify both OPTIN mode and OPTOUT mode")
    if (wanted.optin and now.optout) or (wanted.optout and now.optin):
        raise RedisError(f"ERR You can't switch OPTIN/OPTOUT mode {OTHER_MODE}")
    _check_overlaps(now, wanted)


def _check_overlaps(now: Tracked, wanted: Tracked) -> None:
    for number, prefix in enumerate(wanted.prefixes):
        for others, which in (
            (now.prefixes, "an existing"),
            (wanted.prefixes[number + 1 :], "another provided"),
        ):
            for other in others:
                if prefix.startswith(other) or other.startswith(prefix):
                    shown, met = prefix.decode("latin-1"), other.decode("latin-1")
                    raise RedisError(
                        f"ERR Prefix '{shown}' overlaps with {which} prefix '{met}'. {MUST_NOT_OVERLAP}"
                    )


@command("CLIENT|CACHING", arity=3, flags="noscript loading stale")
def client_caching(client: Client, answer: bytes) -> SimpleString:
    """Switches tracking on or off for the keys that the next command or transaction reads.

    CLIENT CACHING <YES | NO>
    Since 6.0.0, O(1)
    """
    tracking = client.tracking
    if tracking is None:
        raise RedisError(CACHING_NEEDS_A_MODE)
    match answer.upper():
        case b"YES" if not tracking.optin:
            raise RedisError("ERR CLIENT CACHING YES is only valid when tracking is enabled in OPTIN mode.")
        case b"NO" if not tracking.optout:
            raise RedisError("ERR CLIENT CACHING NO is only valid when tracking is enabled in OPTOUT mode.")
        case b"YES" | b"NO":
            tracking.caching = True
        case _:
            raise RedisError(SYNTAX)
    return OK


@command("CLIENT|GETREDIR", arity=2, flags="noscript loading stale")
def client_getredir(client: Client) -> int:
    """Returns the id of the connection that gets the invalidations; 0 for this one, -1 without tracking.

    CLIENT GETREDIR
    Since 6.0.0, O(1)
    """
    return client.tracking.redirect if client.tracking else -1


@command("CLIENT|TRACKINGINFO", arity=2, flags="noscript loading stale")
def client_trackinginfo(client: Client) -> Info:
    """Returns the tracking mode of this connection.

    CLIENT TRACKINGINFO
    Since 6.2.0, O(1)
    """
    tracking = client.tracking
    return {
        b"flags": Members(_flags(tracking) if tracking else [b"off"]),
        b"redirect": client_getredir(client),
        b"prefixes": list(tracking.prefixes if tracking else ()),
    }


def _flags(tracking: Tracked) -> list[bytes]:
    claims = {
        b"bcast": tracking.broadcasts,
        b"optin": tracking.optin,
        b"caching-yes": tracking.optin and tracking.caching,
        b"optout": tracking.optout,
        b"caching-no": tracking.optout and tracking.caching,
        b"noloop": tracking.noloop,
        b"broken_redirect": tracking.redirect_is_broken,
    }
    return [b"on", *(flag for flag, holds in claims.items() if holds)]
