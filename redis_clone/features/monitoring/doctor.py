"""LATENCY DOCTOR: explains the samples of the latency monitor in sentences, and gives advice.

The advice is a table: for each kind of event, what has helped others.  Advice that concerns several events is
given once.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from redis_clone.features.monitoring.latency import Event

DISABLED = (
    "The latency monitor is switched off, so there is nothing to tell. "
    'Switch it on with "CONFIG SET latency-monitor-threshold <milliseconds>" and ask again later.\n'
)
HEALTHY = "Nothing has held this server up for as long as you set for the latency monitor. All is well.\n"
NO_ADVICE = "\nThere are latency events, but none for which there is a simple remedy.\n"


class Setting(NamedTuple):
    """The part of the configuration that the advice depends on."""

    threshold_ms: int
    slower_than_us: int


def _slowlog(setting: Setting) -> str:
    """The slow log helps only if it keeps the commands that the latency monitor counts."""
    threshold_us = setting.threshold_ms * 1000
    if setting.slower_than_us < 0:
        return f"The slow log is off: 'CONFIG SET slowlog-log-slower-than {threshold_us}' starts it."
    if setting.slower_than_us > threshold_us:
        return (
            "The slow log passes over commands that count as a latency event here. "
            f"Let it see them: 'CONFIG SET slowlog-log-slower-than {threshold_us}'."
        )
    return "SLOWLOG GET tells which commands were slow, with their arguments and who sent them."


def _large_values(setting: Setting) -> str:
    return (
        "To delete, expire or evict a value with very many elements takes long, and all wait meanwhile. "
        "Several smaller values in place of a huge one do not."
    )


def _many_expire(setting: Setting) -> str:
    return "Very many keys fall due at once. A little chance in their times to live spreads the work."


def _slow_disk(setting: Setting) -> str:
    return (
        "The disk is slow, or shared with others who write much. "
        "'appendfsync everysec' or 'no' waits for it less often."
    )


def _snapshots(setting: Setting) -> str:
    return "Snapshots hold up the commands that come meanwhile: save less often, or at a quiet hour."


Advice = Callable[[Setting], str]
ADVICE: dict[str, tuple[Advice, ...]] = {  # by the event's name, or by its beginning
    "command": (_slowlog, _large_values),
    "fast-command": (_slowlog, _large_values),
    "expire-cycle": (_many_expire, _large_values),
    "eviction": (_large_values,),
    "aof-": (_slow_disk,),
    "rdb-": (_snapshots,),
}


def diagnosis(events: Mapping[str, Event], now_s: int, setting: Setting) -> str:
    """The whole report."""
    if not events:
        return HEALTHY if setting.threshold_ms else DISABLED
    lines = ["This server was held up. These are the kinds of events, and how long they took:\n\n"]
    lines += [f"{number}. {_history(name, events[name], now_s)}\n" for number, name in enumerate(events, 1)]
    found = [advice for name in events for advice in _advice_for(name)]
    if found:
        lines.append("\nWhat may help:\n\n")
        lines += [f"- {advice(setting)}\n" for advice in dict.fromkeys(found)]
    else:
        lines.append(NO_ADVICE)
    return "".join(lines)


def _history(name: str, event: Event, now_s: int) -> str:
    """The figures of one event, in Redis's own order, because programs read them."""
    found = event.analysis(now_s)
    return (
        f"{name}: {found.samples} latency spikes (average {found.mean}ms, "
        f"mean deviation {found.mean_deviation}ms, period {found.period_s:.2f} sec). "
        f"Worst all time event {event.worst_ms}ms."
    )


def _advice_for(name: str) -> tuple[Advice, ...]:
    return next((advice for beginning, advice in ADVICE.items() if name.startswith(beginning)), ())
