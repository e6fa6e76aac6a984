"""What starts, runs, restores and grades the exercises.  Needs nothing but Python's own library.

catalogue       the exercises, read from their files without running them
source          a function in a file: found, emptied, put back; pure
workbook        the student's checkout: start, restore, hint, and how far he or she is
trial           what checks are written with: calling(...).gives(...), expect(...)
conversation    a live server and clients that remember what was said
running         the checks of one exercise, in a process of their own that may not last long
child           that process
reporting       what a student reads
grading         a whole class
"""
