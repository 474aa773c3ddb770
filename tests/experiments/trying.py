"""Trials for tests: over a conductor, in an environment that is here."""

from core.analysis.claims.claim import Setting
from core.experiments.claims.claim_picture import TrialPicture
from core.experiments.claims.claim_schedule import setting_of
from core.experiments.claims.claims import Claims
from core.variants.environment import read_environment


def here() -> Setting:
    """This very machine's processor: what the job manager judges by."""
    return setting_of(read_environment(), "cpu")


def tried(claims: Claims, number: int) -> TrialPicture:
    """A trial that was waited for."""
    return ended(claims, claims.start(number, here()))


def ended(claims: Claims, key: str) -> TrialPicture:
    """How a trial stands after its end."""
    assert claims.wait(key, 20)
    picture = claims.picture(key)
    assert picture is not None
    return picture
