"""Spreads an experiment over several slots: which ones it may use, and a thread for each.

Only like slots are used together: a difference between two runs must never be the device's.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from core.errors import RequestError
from core.jobs.slots import Slot

FIELD = "devices"
ALL = "all"
Result = TypeVar("Result")


def named_slots(names: Iterable[str], slots: Sequence[Slot], usual_device: str) -> tuple[Slot, ...]:
    """The slots that are named, in the fleet's order: by their keys, `all` for those that are like
    the first slot of the usual device, a device (`cpu`, `cuda:0`) or a kind (`cuda`) for all such,
    a node for all of its.

    Raises RequestError for a name of none, and for slots that are not alike.
    """
    asked = list(names)
    found: set[str] = set()
    for name in asked:
        matching = _like_first(slots, usual_device) if name == ALL else _named(name, slots)
        if not matching:
            valid = (ALL, *(slot.key for slot in slots))
            raise RequestError(FIELD, name, "there is no such device.", valid)
        found |= {slot.key for slot in matching}
    chosen = tuple(slot for slot in slots if slot.key in found)
    _refuse_unlike(", ".join(asked), chosen)
    return chosen


def spread_slots(names: Sequence[str], slots: Sequence[Slot], device: str) -> tuple[Slot, ...]:
    """The slots of an experiment on that device which was asked to spread over those keys; none
    where it was not.

    Raises RequestError for one that is not there, and for slots that are not alike, the device's
    own among them.
    """
    if not names:
        return ()
    found = named_slots(names, slots, device)
    own = [slot for slot in slots if slot.device == device]
    if not any(slot.hardware == found[0].hardware for slot in own):
        _refuse_unlike(", ".join(names), (*own[:1], *found))
    return found


def on_each(slots: Sequence[Slot], work: Callable[[Slot], Result]) -> list[Result]:
    """Call `work` with each slot, all at once, wait until the last has returned, and give what they
    returned, in the order of the slots.

    Raises what the first of them raised, after all are over.
    """
    if len(slots) == 1:
        return [work(slots[0])]
    with ThreadPoolExecutor(max(1, len(slots)), thread_name_prefix="slot") as threads:
        going_on = [threads.submit(work, slot) for slot in slots]
    return [one.result() for one in going_on]


def unlike(slots: Iterable[Slot]) -> dict[str, list[Slot]]:
    """The slots by their hardware in words, more than one where they are not alike."""
    groups: dict[str, list[Slot]] = {}
    for slot in slots:
        groups.setdefault(str(slot.hardware), []).append(slot)
    return groups


def _like_first(slots: Sequence[Slot], device: str) -> list[Slot]:
    first = next((slot for slot in slots if slot.device == device), None)
    return [] if first is None else [slot for slot in slots if slot.hardware == first.hardware]


def _named(name: str, slots: Sequence[Slot]) -> list[Slot]:
    kinds = {slot.device.partition(":")[0] for slot in slots}
    return [
        slot
        for slot in slots
        if name in (slot.key, slot.device, slot.node)
        or (name in kinds and slot.device.startswith(f"{name}:"))
    ]


def _refuse_unlike(asked: str, slots: Sequence[Slot]) -> None:
    groups = unlike(slots)
    if len(groups) < 2:
        return
    words = "; ".join(f"{', '.join(s.key for s in of)} is {text}" for text, of in groups.items())
    raise RequestError(
        FIELD,
        asked,
        f"these are not alike ({words}), and a sweep must not mix unlike devices. Spread over "
        "devices that are alike, or measure each cell on each of them with --device.",
        (ALL, *(",".join(slot.key for slot in of) for of in groups.values())),
    )
