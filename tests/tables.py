"""A table of cases as one test, which costs much less than a test for each case."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any


def for_each(
    names: str, table: Iterable[Any], keeps_keys: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Runs a test for each row of a table, as pytest.mark.parametrize does, but as one test, set up once.

    All rows are tried, and the failure names each row that has failed.  A test of `redis` finds no keys at
    each row.  With `keeps_keys` it finds what the fixtures have prepared, and each row leaves that as it was.
    """
    words, rows = names.replace(",", " ").split(), list(table)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def test_all_rows(**fixtures: Any) -> None:
            failures = []
            for row in rows:
                values = row if len(words) > 1 else [row]
                try:
                    test(**fixtures, **dict(zip(words, values, strict=True)))
                except Exception as failure:
                    failures.append((row, failure))
                if "redis" in fixtures and not keeps_keys:
                    fixtures["redis"]("RESET"), fixtures["redis"]("FLUSHALL")
            assert_none(names, failures)

        parameters = inspect.signature(test).parameters
        asked_for = [parameters[name] for name in parameters if name not in words]
        test_all_rows.__signature__ = inspect.Signature(asked_for)  # type: ignore[attr-defined]
        return test_all_rows

    return decorate


def assert_none(names: str, failures: list[tuple[Any, Exception]]) -> None:
    """Fails with all the rows that failed, and the traceback of the first one."""
    if failures:
        lines = [f"{names} = {row!r}: {type(failure).__name__}: {failure}" for row, failure in failures]
        raise AssertionError("\n".join(lines)) from failures[0][1]
