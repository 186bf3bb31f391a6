"""Writes the package as one module, to be copied into a project: `python tools/single_file.py sluice_reader.py`.

Modules stand in it one after the other, each after those that it imports from. A private name that several of them define gets
the name of its module. What would mean something else in one file is an error: a public name that two modules define, an import
under another name, a built-in that another module defines anew.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections import Counter
from pathlib import Path

root = Path(__file__).resolve().parent.parent
package = root / "sluice_reader"
usual = ("__builtins__", "__doc__", "__file__", "__name__")


def name_of(path: Path) -> str:
    """The dotted name of a module inside the package; empty for the package itself."""
    steps = path.relative_to(package).with_suffix("").parts
    return ".".join(steps[:-1] if steps[-1] == "__init__" else steps)


def imported_from(node: ast.ImportFrom, path: Path) -> str:
    """The dotted name of the module that a relative import names."""
    steps = [*path.relative_to(package).parent.parts]
    outer = steps[: len(steps) - (node.level - 1)]
    return ".".join([*outer, *([node.module] if node.module else [])])


class Module:
    """A module of the package: its text without what only makes sense among several."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = name_of(path)
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        self.documentation = ast.get_docstring(tree, clean=False) or ""
        self.needs: list[str] = []
        gone: list[ast.stmt] = []
        for node in tree.body:
            is_documentation = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
            is_future = isinstance(node, ast.ImportFrom) and node.module == "__future__"
            if is_documentation or is_future:
                gone.append(node)
            late = late_imports(node)
            if late:
                gone.append(node)
                self.needs.extend(imported_from(one, path) for one in late)
            if isinstance(node, ast.ImportFrom) and node.level > 0:
                gone.append(node)
                self.needs.append(imported_from(node, path))
                if any(alias.asname or alias.name == "*" for alias in node.names):
                    raise SystemExit(f"{path}:{node.lineno}: a name that is imported as another one")
        inner = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level > 0]
        if len(inner) != len(self.needs):
            raise SystemExit(f"{path}: imports of the package inside of functions")
        lines = source.splitlines()
        for node in gone:
            for number in range(node.lineno - 1, node.end_lineno or node.lineno):
                lines[number] = "\0"
        self.text = re.sub(r"\n{3,}", "\n\n\n", "\n".join(line for line in lines if line != "\0")).strip("\n")
        self.defined = {name for node in tree.body if node not in gone for name in defined_by(node)}
        self.strings = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        self.used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - self.defined


def late_imports(node: ast.stmt) -> list[ast.ImportFrom]:
    """The imports under `if TYPE_CHECKING:`, whose `else:` imports when it is asked. One file has all of it."""
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
        return []
    return [one for one in node.body if isinstance(one, ast.ImportFrom) and one.level > 0]


def defined_by(node: ast.stmt) -> set[str]:
    """The names that a statement of a module defines, imports of other packages left out: those mean the same everywhere."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return set()
    if isinstance(node, (ast.If, ast.Try)):
        inner = [one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)]
        return {name for one in inner for name in defined_by(one)}
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)}


def in_order(modules: dict[str, Module]) -> list[Module]:
    """Each module after those that it imports from."""
    done: dict[str, Module] = {}

    def add(name: str) -> None:
        if name in done:
            return
        for need in modules[name].needs:
            add(need)
        done[name] = modules[name]

    for name in sorted(modules):
        add(name)
    return list(done.values())


def rename_private(modules: list[Module]) -> None:
    """Gives the private names that several modules define the names of their modules."""
    count = Counter(name for module in modules for name in module.defined)
    for module in modules:
        for name in sorted(module.defined):
            if count[name] == 1 or not name.startswith("_"):
                continue
            if name in module.strings:
                raise SystemExit(f"{module.path}: {name} stands in a string")
            own = f"_{module.name.replace('.', '_')}{name}"
            module.text = re.sub(rf"(?<![\w.]){name}\b", own, module.text)
            module.defined = module.defined - {name} | {own}


def refuse_other_meanings(modules: list[Module]) -> None:
    owner: dict[str, Module] = {}
    for module in modules:
        for name in sorted(module.defined):
            if name in owner:
                raise SystemExit(f"{name} is defined in {owner[name].path} and in {module.path}")
            owner[name] = module
    for module in modules:
        for name in sorted(module.used & set(dir(builtins)) & owner.keys() - set(usual)):
            raise SystemExit(f"{module.path} uses the built-in {name}, which {owner[name].path} defines anew")


def single_file() -> str:
    found = {module.name: module for module in map(Module, sorted(package.rglob("*.py")))}
    front = found[""]
    modules = in_order(found)
    rename_private(modules)
    refuse_other_meanings(modules)
    version = re.search(r'^version = "(.*)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    if version is None:
        raise SystemExit("pyproject.toml names no version")
    note = f"One file of the package sluice-reader {version[1]}, made by its tools/single_file.py. MIT."
    parts = [f'"""{front.documentation.rstrip()}\n\n{note}\n"""\n\nfrom __future__ import annotations']
    for module in modules:
        if module.text:
            about = "".join(f"# {line}".rstrip() + "\n" for line in module.documentation.strip().splitlines())
            parts.append((about + "\n" if about and module is not front else "") + module.text)
    return "\n\n\n".join(parts) + "\n"


if __name__ == "__main__":
    (target,) = sys.argv[1:]
    Path(target).write_text(single_file(), encoding="utf-8")
