"""The link of Claims: on which device trials would run, and how long they may take."""

from pages.widgets import state
from pages.widgets.claims.claims_state import DEVICE, THOROUGH
from pages.widgets.links.keyed_state import Keyed, keyed_link
from pages.widgets.links.kinds import choice, toggle
from pages.widgets.links.page_link import PageLink


def claims_link() -> PageLink:
    """All of Claims."""
    environment = state.environment()
    devices = choice([device.key for device in environment.devices])
    return keyed_link(
        {
            "device": Keyed(DEVICE, devices, environment.default_device),
            "thorough": Keyed(THOROUGH, toggle(), False),
        }
    )
