"""A trial while it runs: the step and its phase, the time, and Stop.

The fragment polls every other second and only for the trial whose turn it is, since tabs poll while
the same cores measure.
"""

import streamlit as st

from core.experiments.claims.claim_picture import TrialPicture
from core.results.format import show_about
from pages.widgets.claims import claims_state
from pages.widgets.job_progress import LABELS, POLL_S
from pages.widgets.layout import escape
from pages.widgets.steady import draw_steady

STOP = ":material/stop_circle:"


def draw_progress(picture: TrialPicture) -> None:
    """A trial that is measured now or waits for its turn."""
    if picture.ahead:
        trials = "1 trial is" if picture.ahead == 1 else f"{picture.ahead} trials are"
        _draw(picture, 0.0, f":material/hourglass_empty: Waits for its turn: {trials} before it.")
        return
    st.fragment(_poll, run_every=POLL_S)(picture.experiment_id)


def _poll(experiment_id: str) -> None:
    picture = claims_state.claims().picture(experiment_id)
    if picture is None or not picture.active:
        st.rerun()
    else:
        _draw(picture, _share(picture), escape(_words(picture)))


def _draw(picture: TrialPicture, share: float, words: str) -> None:
    draw_steady(picture.experiment_id, share, [words], lambda: _stop_button(picture))


def _stop_button(picture: TrialPicture) -> None:
    st.button(
        "Stop",
        key=f"stop_{picture.experiment_id}",
        icon=STOP,
        on_click=claims_state.stop_all,
        args=([picture.experiment_id],),
        help="Ends the trial without a verdict; what was measured is kept, and it can be resumed.",
    )


def _share(picture: TrialPicture) -> float:
    """Of the estimated time, and never less than the steps that are done."""
    steps = picture.done / max(picture.total, 1)
    estimate_s = picture.request.estimate_s
    by_time = picture.elapsed_s / estimate_s if estimate_s else 0.0
    return min(max(steps, min(by_time, (picture.done + 0.95) / max(picture.total, 1))), 1.0)


def _words(picture: TrialPicture) -> str:
    about = picture.request.estimate_s
    parts = [f"Measuring {picture.done + 1} of {picture.total}: {picture.label}"]
    if picture.running is not None:
        phase = LABELS[picture.running.phase].lower()
        detail = f" ({picture.running.detail})" if picture.running.detail else ""
        parts.append(f"{phase}{detail}")
    parts.append(f"{picture.elapsed_s:.0f} s{f' of about {show_about(about)}' if about else ''}")
    return " · ".join(parts)
