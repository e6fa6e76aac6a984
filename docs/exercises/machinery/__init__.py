"""Starts, runs, restores and grades the exercises.  It needs nothing but Python's own library.

catalogue       reads the exercises from their files without running them
source          finds, empties and restores a function in a file; pure functions
workbook        changes the student's checkout: start, restore, hint; and keeps the progress
trial           what checks are written with: calling(...).gives(...), expect(...)
conversation    a live server, and clients that record what was sent and what came
running         runs the checks of one exercise in a process of their own, with time limits
child           the program of that process
reporting       formats what a student reads
grading         grades a whole class

Why pytest does not run the checks: it would replace only the loop over them and their parameters
(`outcomes`, `load` and `Given` in child.py), and need nearly as many lines of hooks and fixtures to do so.
The process, its time limits, the overlay and what a student reads would stay, and every student would have
to install pytest.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 (said in one line)
    raise SystemExit(f"the exercises need Python 3.10 or newer; this is {sys.version.split()[0]}")
