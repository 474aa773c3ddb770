"""A recorded load: read as a trace and made a load, or refused by its rows."""

from contextlib import suppress

from core.errors import RequestError
from core.variants.load import build_load
from core.variants.trace import decode_trace, parse_trace
from tests.faults.fuzzing.target import Target

SEEDS = (
    b"arrival_s,prompt_tokens,output_tokens\n0,10,5\n0.5,20,6\n2,30,7\n",
    b"timestamp;ContextTokens;GeneratedTokens\n2026-03-01T09:30:00,250;5;6\n1,5;7;8\n",
    b'TIMESTAMP,ContextTokens,GeneratedTokens,note\n2023-11-16 18:17:03.9799600,4808,10,"a\nb"\n',
    b"\xef\xbb\xbftimestamp\tprompt_tokens\n1700000000\t12\n1700000001.5\t9\n",
    "arrival_s,output_tokens\n3,1\n1,2\n".encode("utf-16"),
)
WORDS = ("arrival_s", "timestamp", "prompt_tokens", "output_tokens", "RequestTokens", "+23:59")


def feed(data: bytes) -> None:
    """Read the file, say what was made of it, and build the load that follows it."""
    with suppress(RequestError):
        trace = parse_trace(decode_trace(data))
        assert trace.rows
        assert all(row.arrival_s >= 0 for row in trace.rows)
        _ = (trace.notes, trace.rate_per_s, trace.used(1, None), trace.used(None, 1.0))
        build_load({"trace": decode_trace(data), "output_lengths": "8", "prompt_lengths": "8"})


TARGET = Target("trace_file", feed, SEEDS, WORDS, soak_runs=320_000)
