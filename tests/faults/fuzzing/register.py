"""The parsers of what comes from outside, by the name of their harness."""

from importlib import import_module

from tests.faults.fuzzing.target import Target

NAMES = (
    "history_csv",
    "archive_lines",
    "trace_file",
    "task_file",
    "settings_file",
    "model_files",
    "gguf_file",
    "endpoint_answer",
    "server_pages",
    "worker_line",
    "link_query",
    "asking_sentence",
    "typed_words",
)


def target_of(name: str) -> Target:
    """The parser of that name, imported only now."""
    found: Target = import_module(f"tests.faults.fuzzing.{name}").TARGET
    return found
