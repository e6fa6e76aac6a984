"""Formats the results as a table for people, and as CSV or JSON for programs.

With more than one server, the columns `vs NAME` of the first one are its throughput divided by that of each
other server.
"""

import csv
import io
import json

from redis_clone.benchmark.comparison import Score

Results = dict[str, dict[str, Score]]  # test -> name of the server -> score

PERCENTILES = (50, 99, 99.9)


def rows(results: Results) -> list[dict[str, object]]:
    """A row for each test and server; latencies in milliseconds.

    >>> rows({"get": {"ours": Score([100.0]), "real": Score([400.0])}})[0]["vs real"]
    0.25
    """
    table: list[dict[str, object]] = []
    for test, scores in results.items():
        first = next(iter(scores.values()))
        for name, score in scores.items():
            row: dict[str, object] = {"test": test, "server": name, "requests/s": round(score.rate)}
            row |= {f"p{p:g} ms": score.latencies.percentile(p) / 1000 for p in PERCENTILES}
            row["errors"] = score.errors
            if score is first:
                row |= _ratios(scores, name)
            table.append(row)
    return table


def _ratios(scores: dict[str, Score], name: str) -> dict[str, object]:
    others = {other: score for other, score in scores.items() if other != name and score.rate}
    return {f"vs {other}": round(scores[name].rate / score.rate, 2) for other, score in others.items()}


def as_table(table: list[dict[str, object]]) -> str:
    """A table for people; tabulate is imported here, since the server's machine need not have it."""
    from tabulate import tabulate

    names = _columns(table)
    lines = [[row.get(name, "") for name in names] for row in table]
    return str(tabulate(lines, headers=names, floatfmt=".2f", intfmt=","))


def as_csv(table: list[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, _columns(table), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return text.getvalue().rstrip("\n")


def as_json(table: list[dict[str, object]]) -> str:
    return json.dumps(table, indent=2)


def _columns(table: list[dict[str, object]]) -> list[str]:
    """All names, in the order in which they first occur."""
    return list(dict.fromkeys(name for row in table for name in row))
