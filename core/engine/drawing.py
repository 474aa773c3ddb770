"""Synthetic prompts: so many ordinary tokens, drawn with a seed, the same for every engine."""

from collections.abc import Collection

import numpy as np


def synthetic_ids(special: Collection[int], vocabulary: int, count: int, seed: int) -> list[int]:
    """Ids of `count` tokens that are not special: the same ones as `torch.randint` draws with that
    seed. Both take the remainder of the Mersenne Twister's 32-bit numbers (Matsumoto and Nishimura
    1998).
    """
    special = frozenset(special)
    ordinary = np.array([token for token in range(vocabulary) if token not in special])
    raw = np.random.RandomState(seed).randint(0, 2**32, count, dtype=np.uint32)
    return [int(token) for token in ordinary[raw % len(ordinary)]]
