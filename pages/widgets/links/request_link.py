"""The fields of a request in a link, under their own names, for the pages that ask for some.

A field that is not named is what a request has without it, as on the command line: the weights that
a model usually has, the cache that fits the compile mode.
"""

from collections.abc import Collection, Mapping
from typing import Any

from core.variants.request import FIELDS, flat_values, relevant
from pages.widgets import state
from pages.widgets.links.page_link import PageLink, Values
from pages.widgets.links.spec_kinds import USUAL_CACHE, kind_of
from pages.widgets.request import buildable

KINDS = {name: kind_of(name) for name in FIELDS}
FOLLOWING = ("weights", "kv_cache", "compute_dtype", "precision", "attention", "max_new_tokens")
"""The fields whose usual value hangs on others."""
PROMPTS = ("prompt", "prompt_tokens")
ROUNDS = 3


def request_link(fields: Collection[str]) -> PageLink:
    """The link of these fields of the controls."""

    def values() -> Values:
        return named_fields(fields)

    def take(given: Values) -> None:
        state.start_controls(_defaults())
        controls = controls_of(given)
        kinds = (state.PROMPT_KIND, state.MIXED) if {*PROMPTS} & {*fields} else ()
        state.put_controls({name: controls[name] for name in (*fields, *kinds)})

    return PageLink({name: KINDS[name] for name in KINDS if name in fields}, values, take)


def controls_of(named: Mapping[str, Any]) -> dict[str, Any]:
    """What all controls have with these fields; a wrong value stays as it is."""
    spec, _, _ = buildable({**_defaults(), **named})
    usual = flat_values(spec)
    given = {name: value for name, value in named.items()
             if (name, value) != ("kv_cache", USUAL_CACHE)}  # fmt: skip
    follow = {name: usual[name] for name in FOLLOWING if name in usual}
    return {**state.first_values({**_defaults(), **follow, **given}), **state.kinds_of(named)}


def named_fields(fields: Collection[str], *, with_model: bool = False) -> dict[str, Any]:
    """As few of these fields as tell what the controls ask for now; the model at least, if it must
    be named.
    """
    now = _asked(state.asked_now(), fields)
    bare = state.asked(controls_of({}))
    named = {name: value for name, value in now.items() if value != bare.get(name)}
    if "model" in now and (with_model or "model" in named):
        named["model"] = now["model"]
    if now.get("model") != bare.get("model") and "weights" in now:
        named["weights"] = now["weights"]  # what a model usually has differs between machines
    for _ in range(ROUNDS):
        told = _asked(state.asked(controls_of(named)), fields)
        missing = {name: value for name, value in now.items()
                   if name not in named and told.get(name) != value}  # fmt: skip
        if not missing:
            break
        named |= missing
    return {name: named[name] for name in FIELDS if name in named and _may_be_told(name, named)}


def _asked(values: Mapping[str, Any], fields: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in relevant(values).items() if name in fields}


def _may_be_told(name: str, values: Mapping[str, Any]) -> bool:
    """Whether a value may stand in a link: an address with a name and a password may not."""
    return name != "endpoint" or "@" not in str(values[name])


def _defaults() -> dict[str, object]:
    return {"device": state.environment().default_device}
