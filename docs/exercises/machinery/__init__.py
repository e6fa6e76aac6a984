"""Starts, runs, restores and grades the exercises.  It needs nothing but Python's own library.

catalogue        reads the exercises from their files without running them
source           finds, empties and restores a function in a file; pure functions
git_index        what start stages, and restore unstages
workbook         changes the student's checkout: start, restore, hint; and keeps the progress
shown            shows values and exceptions to a student
messages, peer   how the judge's process and the student's process call each other
proxies          the judge's end: what a check sees of the student's process
student          the program of the student's process; live_server: a server in it
trial            what checks are written with: calling(...).gives(...), expect(...)
conversation     clients of a live server that record what was sent and what came
student_process  starts the student's process, and ends it
checking         the program of the judge's process: it runs the checks of one exercise, and decides
outcome          how far the checks came
running          starts the judge's process, with a time limit
reporting        formats what a student reads
untouched        notices when a student's code changes files of the repository
grading          grades a whole class

Why pytest does not run the checks: it would replace only the loop over them and their parameters (`outcomes`,
`load` and `attempt` in checking.py), and need nearly as many lines of hooks and fixtures to do so.  The two
processes, the time limits, the overlay and what a student reads would stay, and every student would have to
install pytest.
"""

import sys

if sys.version_info < (3, 10):  # noqa: UP036 (said in one line)
    raise SystemExit(f"the exercises need Python 3.10 or newer; this is {sys.version.split()[0]}")
