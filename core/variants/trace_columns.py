"""The header of a trace, and its rows as the header has them."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.errors import RequestError
from core.variants.trace_cells import TIMES, Moment, moment_of, tokens_of
from core.variants.trace_lines import cells_of, readings_of, whole_cells_of

LENGTHS = ("prompt_tokens", "output_tokens")
# Names that public traces use, in small letters and without signs (Azure LLM inference, BurstGPT).
OTHER_NAMES = {
    "contexttokens": "prompt_tokens",
    "generatedtokens": "output_tokens",
    "requesttokens": "prompt_tokens",
    "responsetokens": "output_tokens",
}
VALID = ("arrival_s or timestamp", "prompt_tokens (optional)", "output_tokens (optional)")
OURS = (*TIMES, *LENGTHS)


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A request: seconds after the first one, and tokens; None where the trace has no such column.
    `line` is its line in the file, the first of which is 1.
    """

    line: int
    arrival_s: float
    prompt_tokens: int | None
    output_tokens: int | None


@dataclass(frozen=True)
class Columns:
    """The header, and what separates cells: all that it takes to read a row."""

    header: tuple[str, ...]
    delimiter: str

    def make_one_row(self, text: str) -> bool:
        """Whether several lines are one row, in which no time and no count goes over lines."""
        try:
            cells = whole_cells_of(text, self.delimiter)
        except ValueError:
            return False
        ours = {name: cell for name, cell in self._given(cells).items() if name in OURS}
        return len(cells) <= len(self.header) and not any("\n" in cell for cell in ours.values())

    def read(self, line: int, text: str) -> tuple[Moment, TraceRow]:
        """When a request came, and its row; raises ValueError with what is wrong."""
        cells = cells_of(text, self.delimiter)
        if len(cells) > len(self.header):
            raise ValueError(f"it has {len(cells)} cells and the header {len(self.header)}")
        given = self._given(cells)
        time = next(name for name in self.header if name in TIMES)
        moment = moment_of(time, given.get(time, ""), decimal_comma=self.delimiter == ";")
        prompt, output = (
            tokens_of(name, given.get(name, "")) if name in self.header else None
            for name in LENGTHS
        )
        return moment, TraceRow(line, moment.seconds, prompt, output)

    def _given(self, cells: Sequence[str]) -> dict[str, str]:
        return dict(zip(self.header, cells, strict=False))


def columns_of(row: str) -> Columns:
    """The columns that a header names, by our names where they are known. Raises RequestError for
    one without a time, and where a name of ours stands twice.
    """
    try:
        readings = readings_of(row)
    except ValueError as error:
        raise _refused(row, f"the header is broken: {error}.") from None
    names, delimiter = max(readings, key=lambda reading: len(reading[0]))
    header = [_known(name) for name in names]
    times = [name for name in header if name in TIMES]
    if not times:
        raise _refused(row, "the header has no column for the time of a request.")
    if len(times) > 1:
        raise _refused(row, f"the header names the time twice: {' and '.join(times)}.")
    twice = [name for name in LENGTHS if header.count(name) > 1]
    if twice:
        raise _refused(row, f"the header has two columns for {twice[0]}.")
    return Columns(tuple(header), delimiter)


def _known(name: str) -> str:
    small = name.strip().lower()
    letters = "".join(character for character in small if character.isalpha())
    alike = {"".join(filter(str.isalpha, ours)): ours for ours in OURS}
    return alike.get(letters) or OTHER_NAMES.get(letters, name.strip())


def _refused(row: str, reason: str) -> RequestError:
    return RequestError("trace", row, reason, VALID)
