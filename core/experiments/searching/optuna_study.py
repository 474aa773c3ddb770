"""An optuna study whose trials are the cells of a grid; another module says which is asked next.

Imported when a search begins, since optuna takes half a second to import.
"""

from collections.abc import Callable
from typing import Any

import optuna
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.samplers import BaseSampler
from optuna.study import Study, StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState, create_trial

CELL = "cell"
optuna.logging.set_verbosity(optuna.logging.WARNING)


class CellSampler(BaseSampler):
    """Asks for the cell that `choose` names."""

    def __init__(self, choose: Callable[[], int], cells: int) -> None:
        self.space: dict[str, BaseDistribution] = {CELL: IntDistribution(0, cells - 1)}
        self._choose = choose

    def infer_relative_search_space(
        self,
        study: Study,  # noqa: ARG002 - optuna's interface
        trial: FrozenTrial,  # noqa: ARG002
    ) -> dict[str, BaseDistribution]:
        """The cells by their numbers."""
        return self.space

    def sample_relative(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
        search_space: dict[str, BaseDistribution],  # noqa: ARG002
    ) -> dict[str, Any]:
        """The number of the next cell."""
        return {CELL: self._choose()}

    def sample_independent(
        self,
        study: Study,  # noqa: ARG002
        trial: FrozenTrial,  # noqa: ARG002
        param_name: str,
        param_distribution: BaseDistribution,  # noqa: ARG002
    ) -> Any:
        """There is no other parameter."""
        raise ValueError(f"a trial has no parameter {param_name}")


class CellStudy:
    """The trials of one search, each a cell, its loss the less the better."""

    def __init__(self, choose: Callable[[], int], cells: int) -> None:
        self._sampler = CellSampler(choose, cells)
        self._study = optuna.create_study(direction=StudyDirection.MINIMIZE, sampler=self._sampler)
        self._asked: dict[int, Trial] = {}

    def ask(self) -> int:
        """The number of the next cell."""
        trial = self._study.ask(self._sampler.space)
        cell = int(trial.params[CELL])
        self._asked[cell] = trial
        return cell

    def tell(self, cell: int, loss: float | None, feasible: bool) -> None:
        """The loss of a cell, asked for or not; None where it has none."""
        trial = self._asked.pop(cell, None)
        if trial is not None:
            trial.set_user_attr("feasible", feasible)
            failed = TrialState.FAIL if loss is None else None
            self._study.tell(trial, loss, state=failed)
        elif loss is not None:
            known = create_trial(
                value=loss,
                params={CELL: cell},
                distributions=self._sampler.space,
                user_attrs={"feasible": feasible},
            )
            self._study.add_trial(known)
