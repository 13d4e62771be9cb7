"""Who is next: fair queueing by virtual time, weighed by what a job costs. Pure.

Start-time fair queueing (Goyal, Vin and Cheng, SIGCOMM 1996): a job is tagged with the virtual time at which its
author's work before it is done, or with the present one if that is later, and the smallest tag runs first. So everybody
who waits gets the same share, however many jobs they have and however large those are. Virtual time goes on at least as
fast as work is done for everybody who waits, so that newcomers without end hold nobody up either.
"""

from __future__ import annotations

FIRST = -1.0
"""The tag of jobs that a stop interrupted."""


def start_of(now: float, author_done: float, conversation_last: float) -> float:
    """The tag of a new job: its author's work goes on where it ends, and within a conversation nothing is overtaken."""
    return max(now, author_done, conversation_last)


def finish_of(start: float, weight: float, priority: float | None) -> float:
    """When the job is done in virtual time; for somebody with priority 2 it costs half."""
    return start + weight / (priority or 1.0)


def advanced(now: float, start: float, weight: float, people: int) -> float:
    """The virtual time once a job of this tag and weight is begun while so many people wait; a little slow, so that
    somebody new goes before whoever has just been served.
    """
    return max(now, start, now + weight / (people + 2))
