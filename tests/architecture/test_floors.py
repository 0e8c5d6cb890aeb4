"""Floor 0 stands on the standard library alone; the other floors are import-linter's contracts in pyproject.toml."""

import ast
import sys

from tests.toolbox.tree import ROOT, shown, source_files

# _typeshed has names for the standard library's own types; only type checkers ever import it.
STANDARD_LIBRARY = sys.stdlib_module_names | {"_typeshed"}


def imported_packages(source: str) -> set[str]:
    """The first names of everything that a module imports; relative imports stay inside and are left out."""
    packages = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            packages |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            packages.add(node.module.partition(".")[0])
    return packages


def test_the_rules_need_nothing_but_the_standard_library() -> None:
    foreign = {
        shown(path): sorted(imported_packages(path.read_text(encoding="utf-8")) - STANDARD_LIBRARY - {"safeguards"})
        for path in source_files("safeguards", suffix=".py")
    }
    assert {name: packages for name, packages in foreign.items() if packages} == {}
    assert foreign, "no rules were found"


def test_files_in_the_packages_are_all_python_modules_or_known_data() -> None:
    """What is not listed here would not be looked at by any check, and might not travel in the wheel."""
    known = (
        ".py",
        ".toml",
        ".html",
        ".css",
        ".js",
        ".svg",
        ".txt",
        ".xml",
        ".woff2",
        ".ttf",
        ".png",
        ".ico",
        ".json",
        ".md",
        ".csv",
        ".typ",
    )
    odd = [shown(path) for path in source_files("consult", "safeguards") if not path.name.endswith(known)]
    assert odd == []
    assert (ROOT / "safeguards" / "__init__.py").is_file()
