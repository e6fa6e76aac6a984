"""The sections of INFO that have a line for each command or error: commandstats, errorstats, latencystats."""

from collections.abc import Iterator

from redis_clone.command_table.registry import TABLE
from redis_clone.features.monitoring.commandstats import Figures
from redis_clone.features.monitoring.histogram import Histogram
from redis_clone.server.state import Server

Lines = dict[str, object]


def commandstats(server: Server) -> Lines:
    return {f"cmdstat_{name}": _format_figures(figures) for name, figures in _figures_by_name(server)}


def _figures_by_name(server: Server) -> Iterator[tuple[str, Figures]]:
    """The figures of the commands that were called or rejected, in the order of the command table."""
    known = server.command_stats.figures
    for parent in TABLE.values():
        for spec in (parent, *parent.subcommands.values()):
            if spec in known:
                yield spec.shown_name, known[spec]


def _format_figures(figures: Figures) -> str:
    microseconds = figures.ns // 1000
    mean = microseconds / figures.calls if figures.calls else 0
    return (
        f"calls={figures.calls},usec={microseconds},usec_per_call={mean:.2f},"
        f"rejected_calls={figures.rejected},failed_calls={figures.failed}"
    )


def errorstats(server: Server) -> Lines:
    counts = sorted(server.stats.error_counts.items())
    return {f"errorstat_{prefix}": f"count={count}" for prefix, count in counts}


def latencystats(server: Server) -> Lines:
    if not server.command_stats.tracks_latency:
        return {}
    percentiles = server.config.formatted("latency-tracking-info-percentiles").split()
    return {
        f"latency_percentiles_usec_{name}": _format_percentiles(figures.histogram, percentiles)
        for name, figures in _figures_by_name(server)
        if figures.histogram.counts()
    }


def _format_percentiles(histogram: Histogram, percentiles: list[str]) -> str:
    return ",".join(f"p{text}={histogram.percentile(float(text)):.3f}" for text in percentiles)
