"""The part of a link after its question mark: values by parameter, or what is wrong with them."""

from urllib.parse import parse_qs

from pages.widgets.links.decide_link import FIELDS as DECIDE
from pages.widgets.links.history_link import FIELDS as HISTORY
from pages.widgets.links.kinds import Kind
from pages.widgets.links.load_link import KINDS as LOAD
from pages.widgets.links.page_link import misspelt, read_link, write_link
from pages.widgets.links.request_link import KINDS as REQUEST
from tests.faults.fuzzing.target import Target

KINDS: dict[str, Kind] = {
    **{name: field.kind for name, field in (*DECIDE.items(), *HISTORY.items())},
    **LOAD,
    **REQUEST,
}
SEEDS = (
    b"model=smollm2-135m&precision=nf4&batch_size=4&stop_strings=a%5Cn&prompt=%C3%A4",
    b"arrivals=bursts&rate_per_s=2.5&prompt_lengths=uniform%3A16-128&policies=static%3A8,window:4:.5",
    b"ask=at+most+50+ms+per+token&trust=C&across=tpot_s&scope=x",
    b"search=a&status=done,%22a,b%22&seed=9&device=cuda:0&kv_cache=on&endpoint=http://a@b/",
)
MOST = 300


def feed(data: bytes) -> None:
    """Read the parameters; what was read and can be written is read as the same again."""
    query = parse_qs(data.decode(errors="replace"), keep_blank_values=True, max_num_fields=MOST)
    found = read_link(KINDS, query)
    assert all(str(problem) for problem in found.problems)
    _ = misspelt(KINDS, query)
    written = write_link(KINDS, found.values).texts
    again = read_link(KINDS, {name: [text] for name, text in written.items()})
    assert not again.problems
    assert all(again.values[name] == found.values[name] for name in written)


TARGET = Target("link_query", feed, SEEDS, (*KINDS, "=", "&", "%2C", "%22"), soak_runs=60_000)
