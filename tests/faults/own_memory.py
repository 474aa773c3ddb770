"""How much memory is a process's own."""

import psutil


def own_bytes(process: psutil.Process) -> int:
    """The bytes that it alone has and that no file stands behind: pages of a library's file count
    as its own or not by who else has mapped that library just then.
    """
    return sum(mapping.anonymous for mapping in process.memory_maps(grouped=True))
