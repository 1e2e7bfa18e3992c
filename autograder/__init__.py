"""Grades nbgrader assignments: confined, with the tests in a process of their own, and fast.

Rooms, in the order in which a submission passes through them, and one for servers above them.
A module imports from its own room and those below it, never upwards (`tests/test_rooms.py`):

    hub         what runs in a server
    resident    the process that stays, so that commands begin at once
    authoring   from the instructor's notebook to the release, with its proofs
    cluster     the verdict from other machines
    grading     the verdict
    records     what is kept and shown
    course      what was asked and what was handed in, read as data
    sandbox     the wall
    sessions    both ends inside the wall
"""

__version__ = "0.1.0"
