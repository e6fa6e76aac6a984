"""The graph of LATENCY GRAPH, made of characters: a column for each value, its label below.

    #
    |
    |o#
    ||||
    <- an empty line
    3211
    ssss

Each character of a column is one of three heights, so a graph of four rows shows twelve different values.
Imports nothing of ours.
"""

from collections.abc import Sequence

ROWS = 4
COLUMNS = 80  # further columns go into another graph below
TIPS = "_o#"


def sparkline(values: Sequence[int], labels: Sequence[str]) -> str:
    """The graph, each line ended; one label for each value.

    >>> print(sparkline([1, 12], ["2s", "1s"]).replace(" ", "."))
    .#
    .|
    .|
    _|
    ..
    21
    ss
    <BLANKLINE>
    """
    low, high = min(values), max(values)
    bars = [_column(value - low, high - low) for value in values]
    columns = [f"{bar} {label}" for bar, label in zip(bars, labels, strict=True)]
    parts = [columns[start : start + COLUMNS] for start in range(0, len(columns), COLUMNS)]
    return "".join(_upright(part) for part in parts)


def _column(height: int, full: int) -> str:
    """The characters of one value, the top one first."""
    steps = ROWS * len(TIPS)
    step = min(height * steps // (full or 1), steps - 1)
    row, tip = divmod(step, len(TIPS))
    return (TIPS[tip] + "|" * row).rjust(ROWS)


def _upright(columns: list[str]) -> str:
    """The lines of a graph that is given by its columns."""
    length = max(len(column) for column in columns)
    lines = zip(*(column.ljust(length) for column in columns), strict=True)
    return "".join("".join(line) + "\n" for line in lines)
