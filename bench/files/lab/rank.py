"""On a machine that others use as well: what share of it the simulator and the guard get.

Each is a session of its own, so nice(1) does not reach beyond it; the rank of a session does (sched(7), autogroup). A
real-time class for all would be wrong: the guard answers from one, and attackers do not have it.
"""
nice = 0


def take():
    """In the child, after setsid()."""
    if nice != 0:
        with open("/proc/self/autogroup", "w") as opened:
            opened.write(str(nice))
