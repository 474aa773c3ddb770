"""Fits find the formula behind measured steps, say how well they do, and never go below zero."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.analysis.batching.fitting import fit_steps, nonnegative_least_squares
from core.analysis.batching.formula import Form
from core.analysis.batching.step_time import fit_calibration
from core.errors import RequestError
from core.results.serving import StepKind, StepSample
from core.variants.policy import PolicyKind
from tests.sample_steps import SampleTimes, a_calibration

TIMES = SampleTimes(step_s=0.04, row_s=0.003, token_s=0.002, cached_s=5e-6)


def decode_steps(seconds_of_batch: dict[int, float]) -> list[StepSample]:
    """Steps whose time hangs on the batch in any way, and a little on the length."""
    return [
        StepSample(kind=StepKind.DECODE, batch=batch, prompt_tokens=0, context_tokens=length,
                   new_tokens=batch, seconds=seconds + 1e-5 * length)
        for batch, seconds in seconds_of_batch.items()
        for length in (16, 64, 256)
    ]  # fmt: skip


def test_a_formula_is_found_again() -> None:
    fitted = fit_calibration(a_calibration(TIMES))
    for batch, length in ((1, 16), (3, 100), (8, 200)):
        assert fitted.prefill_s(batch, length) == pytest.approx(TIMES.prefill_s(batch, length))
        assert fitted.decode_s(batch, length) == pytest.approx(TIMES.decode_s(batch, length))
        mixed = TIMES.mixed_s(batch, length, batch * 50)
        assert fitted.mixed_s(batch, length, batch * 50) == pytest.approx(mixed)
    assert all(fit.worst_error < 1e-6 for fit in fitted.fits.values())
    fit = fitted.fits[StepKind.DECODE]
    assert (fit.batch_range, fit.length_range, fit.shapes) == ((1, 8), (16, 256), 12)


def test_uneven_times_are_taken_in_pieces() -> None:
    fit = fit_steps(StepKind.DECODE, decode_steps({1: 0.05, 2: 0.051, 4: 0.1, 8: 0.101}))
    assert fit.form is Form.PIECES
    assert fit.seconds(2, 0, 64) == pytest.approx(0.051 + 64e-5)
    assert fit.seconds(3, 0, 64) == pytest.approx((0.051 + 0.1) / 2 + 64e-5)
    assert fit.held_out_error < 1e-6
    assert {one.at for one in fit.coefficients} == {1, 2, 4, 8}


def test_beyond_what_was_measured_a_larger_batch_is_never_faster() -> None:
    fit = fit_steps(StepKind.DECODE, decode_steps({1: 0.05, 2: 0.3, 4: 0.2, 8: 0.1}))
    assert fit.form is Form.PIECES
    assert fit.seconds(64, 0, 64) == pytest.approx(fit.seconds(8, 0, 64))


def test_repeats_of_a_shape_count_as_their_median() -> None:
    samples = decode_steps({1: 0.05, 2: 0.06, 4: 0.08})
    outlier = samples[0].model_copy(update={"seconds": 9.0})
    fit = fit_steps(StepKind.DECODE, [*samples, *samples, outlier])
    assert fit.seconds(1, 0, 16) == pytest.approx(samples[0].seconds)
    assert (fit.samples, fit.shapes) == (19, 9)


def test_errors_are_those_of_the_worst_and_the_middle_shape() -> None:
    samples = decode_steps({1: 0.05})
    bent = [*samples[:2], samples[2].model_copy(update={"seconds": samples[2].seconds * 0.5})]
    fit = fit_steps(StepKind.DECODE, bent)
    errors = sorted(abs(fit.seconds(1, 0, one.context_tokens) / one.seconds - 1) for one in bent)
    assert fit.worst_error == pytest.approx(errors[-1])
    assert fit.median_error == pytest.approx(errors[1])
    assert fit.worst_error > 0.1


def test_too_few_steps_and_kinds_that_were_not_measured_are_refused() -> None:
    with pytest.raises(RequestError, match="at least 3 shapes"):
        fit_steps(StepKind.DECODE, decode_steps({1: 0.05})[:2])
    fitted = fit_calibration(a_calibration(continuous=False))
    assert not fitted.serves(PolicyKind.CONTINUOUS)
    with pytest.raises(RequestError, match="none, static, window, grouped"):
        fitted.mixed_s(1, 0, 10)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(6, 12))
def test_least_squares_without_negative_numbers_are_least(seed: int, k: int, n: int) -> None:
    """The conditions of Karush, Kuhn and Tucker hold, and so no other point is better."""
    rng = np.random.default_rng(seed)
    rows, wanted = rng.normal(size=(n, k)), rng.normal(size=n)
    x = nonnegative_least_squares(rows, wanted)
    slope = rows.T @ (wanted - rows @ x)
    assert (x >= 0).all()
    assert (slope <= 1e-7).all()
    assert np.abs(slope[x > 0]).max(initial=0) < 1e-7
