"""The append-only file's positions, and how far a snapshot is.  The caller holds the lock."""

from typing import Any

from redis_clone.features.persistence.snapshot import Snapshot
from redis_clone.server.state import Server


def disk_panel(server: Server, _: int) -> dict[str, Any]:
    log, saves, rewrites = server.log, server.saves, server.rewrites
    job = saves.job or rewrites.job
    return {
        "log": {
            "is_on": log.is_on,
            "policy": log.policy,
            # Positions: of all bytes that were ever logged.
            "logged": log.logged,
            "written": log.written,
            "synced": log.synced,
            "size": log.size,
            "base_size": log.base_size,
            "error": log.error,
            "delayed": log.delayed,
        },
        "changes": server.dataset.dirty,
        "save_points": [[point.seconds, point.changes] for point in server.config["save"]],
        "last_save_s": saves.last_s,
        "last_save_ok": saves.ok,
        "snapshot": _snapshot(job.snapshot, "save" if saves.job else "rewrite") if job else None,
    }


def _snapshot(snapshot: Snapshot | None, purpose: str) -> dict[str, Any] | None:
    if snapshot is None:
        return None
    return {"for": purpose, "total": snapshot.total, "taken": snapshot.taken, "copied": snapshot.copied}
