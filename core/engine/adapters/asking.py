"""Asks the program's own Python, which has PyTorch, what an engine's environment cannot tell."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

from core.engine.cancellation import Cancellation
from core.engine.divergence import NoQuality
from core.results.observed import Ceilings
from core.variants.engine_environment import MAIN_PYTHON, REPOSITORY
from core.variants.spec import VariantSpec

POLL_S = 0.1
logger = logging.getLogger(__name__)


class NoAnswer(Exception):
    """The other process ended without an answer; the text is the last that it said."""


class Inquiry:
    """What is asked for one device. Ceilings are asked for once in this process."""

    def __init__(self, device: str, cancellation: Cancellation) -> None:
        self._device = device
        self._cancellation = cancellation
        self._ceilings: Ceilings | None = None

    def ceilings(self) -> Ceilings | None:
        """What the device can do at most; None where it cannot be measured now."""
        if self._ceilings is None:
            try:
                answer = self._ask("ceilings", "--device", self._device)
            except NoAnswer as error:
                logger.warning("the device's ceilings are not known: %s", error)
                return None
            self._ceilings = Ceilings.model_validate(answer) if answer else None
        return self._ceilings

    def reference(self, variant: VariantSpec) -> Path:
        """The folder with the fp32 reference's probabilities for that variant; raises NoQuality
        where there are none.
        """
        try:
            return Path(str(self._ask("reference", "--variant", variant.model_dump_json())))
        except NoAnswer as error:
            raise NoQuality(f"the fp32 reference could not be computed: {error}") from error

    def _ask(self, *question: str) -> object:
        """The answer; raises NoAnswer, and RunCancelled where the run was cancelled meanwhile."""
        python = os.environ.get(MAIN_PYTHON, sys.executable)
        process = subprocess.Popen(
            [python, "-m", "core.engine.inquiry", *question],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=REPOSITORY,
            text=True,
        )
        try:
            said, errors = self._wait(process)
        finally:
            process.kill()
            process.wait()
        if process.returncode:
            last = (errors.strip().splitlines() or [f"exit status {process.returncode}"])[-1]
            raise NoAnswer(last)
        return json.loads(said)

    def _wait(self, process: "subprocess.Popen[str]") -> tuple[str, str]:
        while True:
            self._cancellation.check()
            try:
                return process.communicate(timeout=POLL_S)
            except subprocess.TimeoutExpired:
                continue
