"""The README's file tree names what is there: a page that has gone stale is worse than none."""

from pathlib import Path

from tests.architecture import python_files

ROOT = Path(__file__).resolve().parent.parent
LISTED_FOLDERS = ("app.py", "pages", "core", "benchmarks", "docs")


def test_every_path_in_the_file_tree_exists() -> None:
    listed = paths_in_tree((ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(listed) > 50
    assert [path for path in listed if not (ROOT / path).exists()] == []


def test_every_module_stands_in_the_file_tree() -> None:
    listed = paths_in_tree((ROOT / "README.md").read_text(encoding="utf-8"))
    modules = [str(file.relative_to(ROOT)) for file in python_files(ROOT, *LISTED_FOLDERS)]
    unnamed = ("__init__.py", "benchmarks/__main__.py")
    missing = [m for m in modules if m not in listed and not m.endswith(unnamed)]
    assert missing == []


def test_the_tree_is_read_with_its_folders() -> None:
    text = "```\napp.py  x\ncore/  y\n  errors.py  z\n  jobs/\n    job.py\ndocs/\n```\n"
    assert paths_in_tree(text) == ["app.py", "core", "core/errors.py", "core/jobs",
                                   "core/jobs/job.py", "docs"]  # fmt: skip


def paths_in_tree(text: str) -> list[str]:
    """The paths of the indented tree in the code block that begins with app.py."""
    block = text.partition("```\napp.py")[2].partition("```")[0]
    found: list[str] = []
    parents: list[str] = []
    for line in ("app.py" + block).splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        parents[depth:] = [line.split()[0].rstrip("/")]
        found.append("/".join(parents))
    return found
