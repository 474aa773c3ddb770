"""A tab without a browser behaves as one: buttons, the URL, and automatic reruns."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.tabs import open_tab
from tests.browser.server import serve

APP = """
import streamlit as st

@st.fragment(run_every=0.2)
def poll():
    st.write("polled")

if st.button("Go", key="go"):
    st.query_params["job"] = "42"
if st.query_params.get("job"):
    poll()
else:
    st.button("Only before", key="before")
"""


async def _use(url: str) -> tuple[str, int, int]:
    async with open_tab(url) as tab:
        assert tab.query == ""
        await asyncio.sleep(0.5)
        before = tab.reruns
        await tab.press("go")
        await asyncio.sleep(1.1)
        after = tab.reruns
        with pytest.raises(KeyError):
            await tab.press("missing")
        return tab.query, before, after


def test_a_tab_presses_a_button_follows_the_url_and_polls(tmp_path: Path) -> None:
    script = tmp_path / "app.py"
    script.write_text(APP, encoding="utf-8")
    with serve(script, tmp_path / "server") as server:
        query, before, after = asyncio.run(_use(server.url))
    assert query == "job=42"
    assert before == 0
    assert 3 <= after <= 6
