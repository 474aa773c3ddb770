"""Where rows end, what ended them, and what counts."""

from typing import Any

import pytest

from core.engine.adapters.rows import Rows
from core.errors import RunError
from core.variants.spec import Workload
from tests.engine.adapters.openvino.number_tokens import NumberTokens

END = 9


def rows_of(*steps: list[int], cap: int = 5, seconds: float = 0.0, **workload: Any) -> Rows:
    """Rows after steps of a token for each row that goes on."""
    asked = Workload(**{"stop": "natural", "batch_size": len(steps[0]), **workload})
    rows = Rows(asked, NumberTokens((END,)), cap)
    for step in steps:
        for number in rows.going:
            rows.add(number, step[number])
        rows.end_late(seconds)
    return rows


def test_a_row_ends_with_its_end_and_the_others_go_on() -> None:
    rows = rows_of([1, 1], [END, 2], [7, 3])
    assert rows.counts() == (2, 3)
    assert rows.going == [1]
    assert rows.stopped_by() == {"end of sequence": 1}


def test_all_rows_end_at_the_cap() -> None:
    rows = rows_of([1, 1], [END, 2], cap=2)
    assert rows.going == []
    assert rows.stopped_by() == {"end of sequence": 1, "length": 1}


def test_a_stop_string_may_lie_over_two_tokens_and_counts_the_one_that_completes_it() -> None:
    rows = rows_of([1], [2], [3], stop_strings=("1 2",))
    assert rows.counts() == (2,)
    assert rows.stopped_by() == {"stop string": 1}


def test_each_row_has_its_own_text() -> None:
    rows = rows_of([1, 2], [2, 1], stop_strings=("1 2",))
    assert rows.going == [1]


def test_past_the_time_limit_every_row_ends() -> None:
    rows = rows_of([1, END], seconds=0.5, time_limit_s=0.4)
    assert rows.going == []
    assert rows.stopped_by() == {"time limit": 1, "end of sequence": 1}


@pytest.mark.parametrize("seconds", [0.3, 0.4])
def test_up_to_the_time_limit_none_does(seconds: float) -> None:
    """As transformers has it: more than so many seconds."""
    assert rows_of([1], seconds=seconds, time_limit_s=0.4).going == [0]


def test_of_a_fixed_length_no_row_ends_early() -> None:
    rows = rows_of([1], [END], [2], stop="fixed", cap=3)
    assert rows.counts() == (3,)
    assert rows.stopped_by() == {"length": 1}


def test_a_missed_fixed_length_is_an_error() -> None:
    with pytest.raises(RunError, match="2 tokens came, 5 were asked"):
        rows_of([1], [2], stop="fixed").counts()


def test_the_first_row_is_described() -> None:
    output = rows_of([1, 4], [2, END], cap=2).describe((3, 1))
    assert (output.text, output.token_ids) == (" 1 2", (1, 2))
    assert (output.prompt_tokens, output.prompt_lengths) == (3, (3, 1))
    assert output.new_tokens == (2, 2)
