"""Claims: nine rules of thumb about fast inference, each measured here and judged."""

import streamlit as st

from core.analysis.claims.register import CLAIMS
from core.experiments.claims.claims import Latest, total_s
from core.results.format import show_about
from pages.widgets import state
from pages.widgets.claims import claims_state
from pages.widgets.claims.claim_card import draw_card, picture_of
from pages.widgets.fields import HELPS
from pages.widgets.first_offer import draw_offer_if_empty
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.links.claims_link import claims_link
from pages.widgets.links.link_state import linked
from pages.widgets.start_box import unless_refused
from pages.widgets.unsaved import draw_unsaved

MEASURE_ALL = "Puts every claim that can be tried here on trial, one after the other."


def draw() -> None:
    """What all trials share, then a card for each claim."""
    draw_unsaved()
    latest = claims_state.claims().latest(state.environment())
    if not latest:
        draw_offer_if_empty()
    draw_choices()
    planned = claims_state.plans()
    draw_all_at_once(latest)
    newest = newest_of(latest)
    for claim in CLAIMS:
        with error_boundary():
            found = latest.get(claim.number)
            draw_card(claim, planned[claim.number], found, newest == claim.number)


def draw_choices() -> None:
    """How long trials may take, and on which device, where there are several."""
    keys = [device.key for device in state.environment().devices]
    if len(keys) > 1:
        first = keys.index(state.environment().default_device)
        st.selectbox("Device", keys, index=first, key=claims_state.DEVICE,
                     persist_state="session", help=HELPS["device"])  # fmt: skip
    st.toggle(
        "Thorough: up to about 10 minutes for a claim",
        key=claims_state.THOROUGH,
        persist_state="session",
        help="More pairs, longer prompts, and a whole compiled forward pass.",
    )


def draw_all_at_once(latest: dict[int, Latest]) -> None:
    """Measure all, with the time for it, or Stop all."""
    active = [found.begun.experiment_id for found in latest.values() if picture_of(found)]
    ready = {n: one for n, one in claims_state.plans().items() if not one.problems}
    with st.container(horizontal=True, vertical_alignment="center"):
        if active:
            st.button("Stop all", key="stop_all", icon=":material/stop_circle:",
                      on_click=claims_state.stop_all, args=(active,),
                      help="Ends the trial that runs and those that wait; each can be resumed.",
                      )  # fmt: skip
            return
        st.button("Measure all", key="measure_all", icon=":material/playlist_play:",
                  on_click=claims_state.measure_all, args=(list(ready),),
                  **unless_refused(why=MEASURE_ALL))  # fmt: skip
        st.markdown(f":material/timer: About {show_about(total_s(ready.values()))} for all "
                    f"{len(ready)}.", width="content")  # fmt: skip


def newest_of(latest: dict[int, Latest]) -> int | None:
    """The claim that was judged last."""
    judged = {n: found.judged.created_at for n, found in latest.items() if found.judged}
    return max(judged, key=lambda number: judged[number], default=None)


start_page("Claims", "Nine rules of thumb about fast inference, each tried on this machine.")
with error_boundary(), linked("claims", claims_link):
    draw()
