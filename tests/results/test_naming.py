"""What runs are called where several of them stand together."""

import pytest

from core.results.naming import name_among, short_name
from tests.samples import a_spec


@pytest.mark.parametrize(
    ("varied", "name"),
    [
        ((), "fp32 · sdpa"),
        (("precision", "batch_size"), "fp32 · sdpa"),
        (("model",), "smollm2-135m · fp32 · sdpa"),
        (("max_new_tokens",), "fp32 · sdpa · 8 new tokens"),
        (
            ("model", "max_new_tokens", "device"),
            "smollm2-135m · fp32 · sdpa · 8 new tokens · cpu device",
        ),
        (("draft_model",), "fp32 · sdpa"),
    ],
)
def test_a_cell_is_told_from_the_others_of_its_grid(varied: tuple[str, ...], name: str) -> None:
    assert name_among(a_spec(max_new_tokens=8), varied) == name


def test_equal_short_names_differ_by_what_varies() -> None:
    specs = [a_spec(max_new_tokens=count) for count in (8, 16)]
    assert len({short_name(spec) for spec in specs}) == 1
    assert len({name_among(spec, ("max_new_tokens",)) for spec in specs}) == 2
