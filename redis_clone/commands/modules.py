"""MODULE: Redis loads libraries written in C.  This server cannot, and answers that it is not allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redis_clone.command_table.registry import command_group
from redis_clone.commands.containers import container
from redis_clone.protocol.errors import RedisError

if TYPE_CHECKING:
    from redis_clone.server.state import Client

command = command_group("server")

container("MODULE", "server")

NOT_ALLOWED = (
    'ERR MODULE command not allowed. If the enable-module-command option is set to "local", you can run it '
    "from a local connection, otherwise you need to set this option in the configuration file, "
    "and then restart the server."
)
LOADING = "admin noscript no_async_loading"


@command("MODULE|LIST", arity=2, flags="admin noscript", tips="nondeterministic_output_order")
def module_list(client: Client) -> list[object]:
    """Returns the loaded modules: there are none.

    MODULE LIST
    Since 4.0.0, O(N) where N is the number of loaded modules.
    """
    return []


@command("MODULE|LOAD", arity=-3, flags=LOADING)
def module_load(client: Client, path: bytes, *arguments: bytes) -> None:
    """Loads a module; always an error here.

    MODULE LOAD path [arg [arg ...]]
    Since 4.0.0, O(1)
    """
    raise RedisError(NOT_ALLOWED)


@command("MODULE|LOADEX", arity=-3, flags=LOADING)
def module_loadex(client: Client, path: bytes, *arguments: bytes) -> None:
    """Loads a module with its configuration; always an error here.

    MODULE LOADEX path [CONFIG name value [CONFIG name value ...]] [ARGS arg [arg ...]]
    Since 7.0.0, O(1)
    """
    raise RedisError(NOT_ALLOWED)


@command("MODULE|UNLOAD", arity=3, flags=LOADING)
def module_unload(client: Client, name: bytes) -> None:
    """Unloads a module; always an error here.

    MODULE UNLOAD name
    Since 4.0.0, O(1)
    """
    raise RedisError(NOT_ALLOWED)
