"""What the history's statements say, and SQLite and PostgreSQL spell differently.

Each is one expression of SQLAlchemy, with its two spellings below it.
"""

import json
import math
from collections.abc import Collection
from typing import Any

from sqlalchemy import Boolean, Float, Select, Text, cast, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql import ColumnElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator

LACKING = math.inf
"""In place of a number that is not stored, not even as unknown; JSON has no infinity."""
NUL, SHOWN_NUL = "\0", "\N{SYMBOL FOR NULL}"


class _TextWithoutNul(TypeDecorator[str]):
    """PostgreSQL has no NUL in texts; a sign for it takes its place."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        """The text as it is stored and sought."""
        return value.replace(NUL, SHOWN_NUL) if isinstance(value, str) else value


class _JsonAsText(TypeDecorator[str]):
    """PostgreSQL keeps JSON parsed, and finds a number in it without reading all of it."""

    impl = Text
    cache_ok = True

    def bind_expression(self, bindparam: Any) -> ColumnElement[Any]:
        """Parsed on the way in."""
        return cast(type_coerce(bindparam, Text()), JSONB)

    def column_expression(self, column: Any) -> ColumnElement[Any]:
        """A text again on the way out."""
        return cast(column, Text())


WORDS = Text().with_variant(_TextWithoutNul(), "postgresql")
"""The type of a column of text."""
JSON = Text().with_variant(_JsonAsText(), "postgresql")
"""The type of a column of JSON that statements look into; texts for Python."""


class contains(FunctionElement[bool]):  # noqa: N801 - read in a statement, as SQLAlchemy's own are
    """Whether a text stands in another just as it is written: no wildcards, no folded case."""

    type = Boolean()
    inherit_cache = True
    name = "contains"


@compiles(contains, "sqlite")
def _instr(element: contains, compiler: SQLCompiler, **how: Any) -> str:
    return f"instr({compiler.process(element.clauses, **how)}) > 0"


@compiles(contains, "postgresql")
def _strpos(element: contains, compiler: SQLCompiler, **how: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **how)}) > 0"


class likely(FunctionElement[bool]):  # noqa: N801
    """A condition that leaves most rows, where SQLite would take it for one that leaves few."""

    type = Boolean()
    inherit_cache = True
    name = "likely"


@compiles(likely, "sqlite")
def _likely(element: likely, compiler: SQLCompiler, **how: Any) -> str:
    return f"likely({compiler.process(element.clauses, **how)})"


@compiles(likely, "postgresql")
def _condition(element: likely, compiler: SQLCompiler, **how: Any) -> str:
    return f"({compiler.process(element.clauses, **how)})"


class _Each(FunctionElement[str]):
    inherit_cache = True
    name = "each"


def each(values: Collection[str]) -> Select[str]:
    """Texts, each a row. As JSON, since a statement takes no more than some thousand values."""
    given = literal(json.dumps([value.replace(NUL, SHOWN_NUL) for value in values]))
    return select(_Each(given).table_valued("value").c.value)


@compiles(_Each, "sqlite")
def _json_each(element: _Each, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **how)})"


@compiles(_Each, "postgresql")
def _array_elements(element: _Each, compiler: SQLCompiler, **how: Any) -> str:
    given = compiler.process(element.clauses, **how)
    return f"json_array_elements_text(CAST({given} AS json))"


class distinct_values(FunctionElement[str]):  # noqa: N801
    """The different values of a group's column, as a JSON list in any order."""

    type = Text()
    inherit_cache = True
    name = "distinct_values"


@compiles(distinct_values, "sqlite")
def _group_array(element: distinct_values, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_group_array(DISTINCT {compiler.process(element.clauses, **how)})"


@compiles(distinct_values, "postgresql")
def _json_agg(element: distinct_values, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST(json_agg(DISTINCT {compiler.process(element.clauses, **how)}) AS text)"


class json_is_whole(FunctionElement[bool]):  # noqa: N801
    """Whether a column of JSON can be read; PostgreSQL stores no other."""

    type = Boolean()
    inherit_cache = True
    name = "json_is_whole"


@compiles(json_is_whole, "sqlite")
def _json_valid(element: json_is_whole, compiler: SQLCompiler, **how: Any) -> str:
    return f"json_valid({compiler.process(element.clauses, **how)})"


@compiles(json_is_whole, "postgresql")
def _is_stored(element: json_is_whole, compiler: SQLCompiler, **how: Any) -> str:
    return f"({compiler.process(element.clauses, **how)} IS NOT NULL)"


class _Number(FunctionElement[float]):
    type = Float()
    inherit_cache = True
    name = "number"


def stored_number(column: ColumnElement[Any], key: str) -> ColumnElement[float]:
    """The number of that key in a JSON object: NULL where it is unknown, LACKING where nothing is
    stored of it. What is no number comes as it is, or as LACKING.
    """
    path = literal(f"$.{key}")
    return _Number(column, path, path, literal(key))


def stored_bound(column: ColumnElement[Any], key: str, place: int) -> ColumnElement[float]:
    """The same of a number at that place of the list of that key."""
    path = literal(f"$.{key}[{place}]")
    return _Number(column, path, literal(f"$.{key}"), literal(key), literal(place))


@compiles(_Number, "sqlite")
def _extracted(element: _Number, compiler: SQLCompiler, **how: Any) -> str:
    column, path, stored, *_ = (compiler.process(part, **how) for part in element.clauses)
    lacking = f"CASE WHEN json_type({column}, {stored}) IS NULL THEN 9e999 END"
    return f"coalesce(json_extract({column}, {path}), {lacking})"


@compiles(_Number, "postgresql")
def _converted(element: _Number, compiler: SQLCompiler, **how: Any) -> str:
    column, _, _, *steps = element.clauses
    stored, *rest = (compiler.process(part, **how) for part in steps)
    holder = f"({compiler.process(column, **how)} -> {stored})"
    value = f"({holder} -> {rest[0]})" if rest else holder
    unknown = "'array', 'null'" if rest else "'null'"
    return (
        f"CASE WHEN jsonb_typeof({value}) = 'number' THEN CAST({value} AS float8) "
        f"WHEN jsonb_typeof({holder}) IN ({unknown}) THEN NULL ELSE 'Infinity' END"
    )


class present_s(FunctionElement[float]):  # noqa: N801
    """Seconds by the database's clock, which is one for all that share it: since the epoch by a
    server's; by the kernel's, which nobody sets, where one kernel's processes share a file.
    """

    type = Float()
    inherit_cache = True
    name = "present_s"


@compiles(present_s, "sqlite")
def _of_kernel(_element: present_s, _compiler: SQLCompiler, **_how: Any) -> str:
    return "present_s()"


@compiles(present_s, "postgresql")
def _clock(_element: present_s, _compiler: SQLCompiler, **_how: Any) -> str:
    return "CAST(extract(epoch FROM clock_timestamp()) AS float8)"


class silent_s(FunctionElement[float]):  # noqa: N801
    """Seconds since a moment by the database's clock, or since the server began if that is less:
    nobody could speak to one that was down. The host that spoke then is given too: in a file it is
    infinity for one of another boot.
    """

    type = Float()
    inherit_cache = True
    name = "silent_s"


@compiles(silent_s, "sqlite")
def _since(element: silent_s, compiler: SQLCompiler, **how: Any) -> str:
    return f"silent_s({compiler.process(element.clauses, **how)})"


@compiles(silent_s, "postgresql")
def _since_either(element: silent_s, compiler: SQLCompiler, **how: Any) -> str:
    began = "CAST(extract(epoch FROM pg_postmaster_start_time()) AS float8)"
    seen, _host = element.clauses
    moment = f"greatest({compiler.process(seen, **how)}, {began})"
    return f"({_clock(present_s(), compiler)} - {moment})"
