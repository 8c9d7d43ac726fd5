"""Keep a process's memory to itself: no core dump, no tracing by others, no swapping out.

Linux only, as the product is. Also ties a process's life to its parent's.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_MCL_CURRENT_AND_FUTURE = 3
_libc = ctypes.CDLL(None, use_errno=True)


def forbid_dumps() -> None:
    """No core dumps and no tracing by others, for this process and those it forks."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if _libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_DUMPABLE)")


def lock_memory() -> None:
    """Keep all pages of this process out of the swap; forked processes must ask again.

    For small processes of one thread: every thread's stack would count against the limit.
    """
    # Refused without the right or under a small RLIMIT_MEMLOCK; an operator then turns swap off
    # (docs/operations.md), because a vote must not depend on that limit.
    _libc.mlockall(_MCL_CURRENT_AND_FUTURE)


def die_with(parent: int) -> None:
    """Be killed when the process `parent`, which must be our parent, ends in whatever way."""
    if _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:  # it ended before we asked
        raise SystemExit(1)
