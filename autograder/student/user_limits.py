"""What a user namespace limits for all that is in it: as the machine's limits, but for one sandbox.

A user of its own does not keep these apart: they also count for the user who made the namespace around the sandboxes.
"""

from __future__ import annotations

from pathlib import Path

_MOST = {"max_inotify_instances": 8, "max_inotify_watches": 4096}


def apply(proc: str) -> None:
    """Set the limits of the user namespace this process is the root of; ``proc`` is a /proc that can be written to.

    Raises OSError. Whatever else can be limited (namespaces, fanotify) can't be had at all.
    """
    for path in Path(proc, "sys/user").iterdir():
        path.write_text(str(_MOST.get(path.name, 0)))
