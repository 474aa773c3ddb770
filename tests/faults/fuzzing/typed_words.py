"""What is typed into fields and after flags: lengths, lists, prices, addresses, specs in a word."""

from collections.abc import Callable
from contextlib import suppress

from core.analysis.cost import parse_price
from core.command_line.batching_flags import kinds_of, rates_of
from core.errors import RequestError
from core.variants.address import is_this_machine, normal_address
from core.variants.drawn_lengths import parse_lengths
from core.variants.grid import parse_axes
from core.variants.hub import split_hub_id
from core.variants.load import Load, build_load
from core.variants.policy import build_policy
from core.variants.request import FIELDS, build_spec
from core.variants.stop_strings import as_typed_lines, typed_lines
from tests.faults.fuzzing.target import Target

SEEDS = (
    b"uniform:16-128", b"lognormal:64:0.5:1-512", b'fp32,"a,b",nf4', b"0.0504", b"1e3,2,.5",
    b"http://[::1]:8000/v1", b"owner/name@main", b"static,window", b"64", b"cuda:0", b"a\\nb\\\\t",
)  # fmt: skip
WORDS = ("geometric:", "trace", "https://", "@", "inf", "nan", "1_0", "cuda:", "on", "int8", "\\r")


def _axes(text: str) -> object:
    return parse_axes({"precision": text})


def _address(text: str) -> object:
    return is_this_machine(normal_address(text))


def _stop_strings(text: str) -> None:
    assert typed_lines(as_typed_lines(typed_lines(text))) == typed_lines(text)


READERS: tuple[Callable[[str], object], ...] = (
    _axes,
    _address,
    _stop_strings,
    parse_price,
    split_hub_id,
    kinds_of,
    lambda text: parse_lengths("prompt_lengths", text),
    lambda text: rates_of(text, Load()),
    lambda text: build_policy({"batch_size": text, "timeout_s": text}),
    lambda text: build_load({"rate_per_s": text}),
    *(lambda text, name=name: build_spec({name: text}) for name in FIELDS),
)


def feed(data: bytes) -> None:
    """Hand the text to every reader; an argument that is no UTF-8 comes with surrogates."""
    text = data.decode(errors="surrogateescape")
    for read in READERS:
        with suppress(RequestError):
            read(text)


TARGET = Target("typed_words", feed, SEEDS, WORDS, longest=600, soak_runs=20_000)
