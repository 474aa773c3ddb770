"""History: all runs and failures, to filter, compare, tag, export and open."""

from pages.widgets import state
from pages.widgets.first_offer import draw_first_offer
from pages.widgets.history_actions import draw_actions, draw_exports
from pages.widgets.history_import import draw_import
from pages.widgets.history_table import draw_filters, draw_page
from pages.widgets.layout import error_boundary, start_page
from pages.widgets.links.history_link import history_link
from pages.widgets.links.link_state import linked
from pages.widgets.run_view import draw_run
from pages.widgets.unsaved import draw_unsaved


def draw() -> None:
    """One run where the URL names one, else the table of all."""
    draw_unsaved()
    opened = state.opened_run()
    if opened is not None:
        draw_run(opened)
    else:
        draw_all()


def draw_all() -> None:
    """Filters, table, exports, and what can be done with the selection."""
    state.manager().mark_lost()
    history = state.manager().history
    choices = history.choices()
    if not choices["status"]:
        draw_first_offer("No runs yet. Each run that you start, and each that fails, is kept here.")
        draw_import()
        draw_actions([])
        return
    wanted = draw_filters(choices)
    selected = draw_page(history, wanted, draw_actions)
    draw_exports(wanted, selected)
    draw_import()


start_page("History", "Every run and every failure, from the browser or a shell.")
with error_boundary(), linked("history", history_link):
    draw()
