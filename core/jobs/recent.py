"""What a process remembers of its own work: all that goes on, and of what is over the newest."""

import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Recent(Generic[Item]):
    """Items by their ids, oldest first; safe to use from any thread. Of those that are over only
    the newest `most` are kept: a server that measures for weeks must not grow by each run.
    """

    def __init__(self, most: int, is_over: Callable[[Item], bool]) -> None:
        self._most = most
        self._is_over = is_over
        self._items: dict[str, Item] = {}
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[Item]:
        with self._lock:
            return iter(list(self._items.values()))

    def get(self, key: str) -> Item | None:
        """The item of that id; None where it is unknown or forgotten."""
        return self._items.get(key)

    def add(self, key: str, item: Item) -> None:
        """Remember an item, and forget the oldest of too many that are over."""
        with self._lock:
            self._items.pop(key, None)
            self._items[key] = item
            over = [key for key, known in self._items.items() if self._is_over(known)]
            for old in over[: max(0, len(over) - self._most)]:
                del self._items[old]
