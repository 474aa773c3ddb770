"""The guard of words finds what a page leaves unexplained, and accepts each way to explain it."""

from streamlit.testing.v1 import AppTest

from tests.pages.wording import unexplained

SECONDS = 30


def bare() -> None:
    """A page of things without words."""
    import pandas as pd
    import plotly.graph_objects as go
    import streamlit as st

    st.button("Go")
    st.number_input("Count")
    st.text_area("Hidden", label_visibility="collapsed", help="Nobody sees this.")
    st.popover("More", key="more").write("x")
    st.metric("TTFT", "1 s")
    st.dataframe(pd.DataFrame({"TPOT": [1]}))
    st.table(pd.DataFrame({"A": ["1 s"]}, index=pd.Index(["TTFT"], name="Metric")))
    st.plotly_chart(go.Figure(), key="bare")
    st.markdown("**Latency per token**  \nThe axes are tokens and milliseconds.")
    st.plotly_chart(go.Figure(), key="described")


def explained() -> None:
    """The same things with their words, in every way that there is."""
    import pandas as pd
    import plotly.graph_objects as go
    import streamlit as st

    st.button("Go", help="Goes.")
    st.button("Run")
    st.caption("Runs it.")
    st.markdown("Lever", help="What it is.")
    with st.container(horizontal=True):
        st.button("one")
        st.button("two")
    st.number_input("Count", help="How many.")
    st.markdown("Note", help="Your words.")
    st.text_area("Hidden", label_visibility="collapsed")
    st.popover("More", key="more", help="What is in it.").write("x")
    st.metric("TTFT", "1 s", help="Time to first token.")
    column = st.column_config.Column(help="Time per token.")
    st.dataframe(pd.DataFrame({"TPOT": [1]}), column_config={"TPOT": column})
    name = '[TTFT](methodology#ttft_s "Time to first token.")'
    st.table(pd.DataFrame({"A": ["1 s"]}, index=pd.Index([name], name="Metric")))
    st.markdown("**Latency per token**  \nA token takes 50 ms at the median.")
    st.caption("As measured.")
    with st.container():
        st.plotly_chart(go.Figure(), key="told")
    st.markdown("Nothing was measured of both.")
    st.plotly_chart(go.Figure(), key="unknown")


def test_each_thing_without_words_is_named() -> None:
    page = AppTest.from_function(bare, default_timeout=SECONDS).run()
    assert unexplained(page) == [
        "control without a sentence: button 'Go'",
        "control without a sentence: number_input 'Count'",
        "control without a sentence: text_area 'Hidden'",
        "box without a sentence: 'More'",
        "metric without a definition: 'TTFT'",
        "column without a sentence: 'TPOT'",
        "row without a definition: 'TTFT'",
        "plot without a takeaway: ''",
        "plot without a takeaway: "
        "'**Latency per token**  \\nThe axes are tokens and milliseconds.'",
    ]


def test_each_way_to_explain_is_accepted() -> None:
    assert unexplained(AppTest.from_function(explained, default_timeout=SECONDS).run()) == []
