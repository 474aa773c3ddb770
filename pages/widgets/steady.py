"""A job's progress that stays where it is: the bar and the button stand first, and the words, which
change and may break into more lines, come last in a place that keeps its height (style.css).

So nothing that a person reads or is about to press moves while a job goes on.
"""

from collections.abc import Callable, Sequence

import streamlit as st


def draw_steady(
    key: str,
    share: float,
    words: Sequence[str],
    draw_button: Callable[[], None],
    *,
    active: bool = True,
) -> None:
    """The bar, the button, and the words, which are Markdown, a line or more each; `key` is the
    place's own on its page. Once the job is over it takes no more room than it needs.
    """
    st.progress(share)
    draw_button()
    with st.container(key=f"{'steady' if active else 'over'}_{len(words)}_{key}", gap="xxsmall"):
        for line in words:
            st.caption(line)
