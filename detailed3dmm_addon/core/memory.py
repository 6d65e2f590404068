"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def give_back():
    """Let the C library return what was freed; only glibc keeps much of it, elsewhere nothing is done."""
    if sys.platform == "linux":
        try:
            ctypes.CDLL("libc.so.6").malloc_trim(0)
        except (OSError, AttributeError):  # another C library
            pass
