"""Reads the source tree and finds what breaks the rules of ARCHITECTURE.md.

Pure functions from a root folder to a list of complaints, so that each rule can be shown to fail
on a small bad tree as well as to hold on the real one.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

SOURCES = ("app.py", "pages", "core", "tests", "benchmarks", "docs")
DASHBOARD_LIBRARY = "streamlit"
ENGINE_LIBRARIES = ("torch", "transformers", "bitsandbytes", "accelerate", "safetensors")
VAGUE_NAMES = ("util", "utils", "helper", "helpers", "common", "misc")
MOST_FILE_LINES = 250
MOST_FUNCTION_LINES = 30
PAGE_LINES = range(30, 81)

# Functions that may be longer, as "file:function" -> why.
LONG_FUNCTIONS: dict[str, str] = {}

_UP_TO_RESULTS = (
    "core.errors",
    "core.garbage",
    "core.harmless",
    "core.home",
    "core.variants",
    "core.results",
)
_ALL_BUT_ENGINE = (
    *_UP_TO_RESULTS,
    "core.analysis",
    "core.plots",
    "core.report",
    "core.jobs",
    "core.experiments",
    "core.command_line",
)
# What each layer may import of this program, beside itself.
LAYERS: dict[str, tuple[str, ...]] = {
    "core.errors": (),
    "core.garbage": (),
    "core.harmless": (),
    "core.home": ("core.errors",),
    "core.variants": ("core.errors", "core.home"),
    "core.results": ("core.errors", "core.home", "core.variants"),
    "core.analysis": _UP_TO_RESULTS,
    "core.plots": (*_UP_TO_RESULTS, "core.analysis"),
    "core.report": (*_UP_TO_RESULTS, "core.analysis", "core.plots"),
    "core.engine": (*_UP_TO_RESULTS, "core.jobs.protocol"),
    "core.jobs": _UP_TO_RESULTS,
    "core.experiments": (*_UP_TO_RESULTS, "core.analysis", "core.jobs"),
    "core.command_line": _ALL_BUT_ENGINE,
    "core.__main__": _ALL_BUT_ENGINE,
    "pages": _ALL_BUT_ENGINE,
    "app": ("pages", *_ALL_BUT_ENGINE),
}


def python_files(root: Path, *folders: str) -> list[Path]:
    """All Python files under those folders (or files) of the tree, sorted."""
    found: list[Path] = []
    for folder in folders or SOURCES:
        path = root / folder
        found += [path] if path.is_file() else sorted(path.rglob("*.py"))
    return found


def module_name(root: Path, file: Path) -> str:
    """The dotted name under which a file is imported from the root."""
    parts = file.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def wrong_libraries(root: Path) -> list[str]:
    """Imports of the dashboard's or the engine's library where they are not allowed."""
    complaints = []
    for file in python_files(root, "app.py", "pages", "core"):
        module = module_name(root, file)
        in_engine = _is_within(module, "core.engine")
        in_dashboard = not _is_within(module, "core")
        for line, name in _imports(file):
            library = name.partition(".")[0]
            wrong = (library == DASHBOARD_LIBRARY and not in_dashboard) or (
                library in ENGINE_LIBRARIES and not in_engine
            )
            if wrong:
                complaints.append(f"{file.relative_to(root)}:{line} imports {library}")
    return complaints


def wrong_directions(root: Path) -> list[str]:
    """Imports that point against the order of the layers, and modules that have no layer."""
    complaints = []
    for file in python_files(root, "app.py", "pages", "core"):
        module, where = module_name(root, file), file.relative_to(root)
        if module == "core":
            continue
        layer = next((layer for layer in LAYERS if _is_within(module, layer)), None)
        if layer is None:
            complaints.append(f"{where} has no place in the order of layers")
            continue
        allowed = (layer, *LAYERS[layer])
        for line, name in _imports(file):
            ours = name.partition(".")[0] in ("core", "pages", "app")
            if ours and not any(_is_within(name, prefix) for prefix in allowed):
                complaints.append(f"{where}:{line} imports {name}")
    return complaints


def wrong_shapes(root: Path) -> list[str]:
    """Files that are too long, have no docstring or a vague name; pages of a wrong length."""
    complaints = []
    for file in python_files(root):
        where, text = file.relative_to(root), file.read_text(encoding="utf-8")
        lines = len(text.splitlines())
        if lines > MOST_FILE_LINES:
            complaints.append(f"{where} has {lines} lines")
        if not ast.get_docstring(ast.parse(text)):
            complaints.append(f"{where} has no docstring")
        if file.stem in VAGUE_NAMES or file.parent.name in VAGUE_NAMES:
            complaints.append(f"{where} has a name that says nothing")
        if file.parent == root / "pages" and file.stem != "__init__" and lines not in PAGE_LINES:
            complaints.append(f"{where} is a page of {lines} lines")
    return complaints


def long_functions(root: Path) -> list[str]:
    """Functions of more than 30 lines, docstring included, as "file:function" and their length."""
    return [
        f"{file.relative_to(root)}:{node.name} has {length} lines"
        for file in python_files(root)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
        and f"{file.relative_to(root)}:{node.name}" not in LONG_FUNCTIONS
    ]


def _is_within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def _imports(file: Path) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of every import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called_name(node) in ("import_module", "__import__"):
            constants = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
            yield from ((node.lineno, value) for value in constants if isinstance(value, str))


def _called_name(call: ast.Call) -> str | None:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return None
