"""docs/notation.md is the one table of symbols: formulas use what stands there."""

import ast
import re
import unicodedata
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.lectures.notebooks import LECTURES, formulas, text_cells

ASSIGNMENTS = sorted((ROOT / "solutions").glob("*/*.ipynb"))
ROWS = re.findall(r"^\| (`.*?) \|", (ROOT / "docs" / "notation.md").read_text(), re.M)
SYMBOLS = [symbol for row in ROWS for symbol in re.findall(r"`([^`]+)`", row)]
PLAIN = {unicodedata.normalize("NFD", symbol)[0] for symbol in SYMBOLS}  # x̃ is x with an accent
SIZES = set("NCHWOKSPD")
INDICES = SIZES | set("ncoijkluv")  # what may stand between [ and ]
WORDS = re.compile(r"\\(?:text|math\w+|operatorname)\s*\{[^{}]*\}")  # words, not symbols
PRIMED = re.compile(r"[A-Z](?:'|_[hw])?")


def greek(name: str) -> str:
    """The letter of a TeX command; nothing for others."""
    case = "CAPITAL" if name[0].isupper() else "SMALL"
    plain = name.removeprefix("var").upper().replace("LAMBDA", "LAMDA")  # as Unicode spells it
    try:
        return unicodedata.lookup(f"GREEK {case} LETTER {plain}")
    except KeyError:
        return ""


def letters(tex: str) -> set[str]:
    """The letters of a formula that stand for something: Latin ones, and Greek by their names."""
    tex = WORDS.sub(" ", re.sub(r"\\(?:begin|end)\{\w+\}", " ", tex))
    named = {greek(name) for name in re.findall(r"\\([A-Za-z]+)", tex)} - {""}
    return named | set(re.findall(r"[A-Za-z]", re.sub(r"\\[A-Za-z]+", " ", tex)))


def docstrings():
    for path in sorted((ROOT / "cnnkit").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield path, ast.get_docstring(node) or ""


def strays(text: str) -> list[str]:
    """What a docstring writes as a shape, "(N, C, H', W')", or with indices, "w[o,c,k,l]", in
    symbols that the table does not have. Words in brackets are words."""
    found = []
    for shape in re.findall(r"\(([A-Z][^()]*)\)", text):
        parts = [part.strip() for part in re.split(r"[,/]", shape)]
        if len(parts) > 1:
            found += [part for part in parts if PRIMED.fullmatch(part) and part not in SYMBOLS]
    return found + strays_in_indices(text)


def strays_in_indices(text: str) -> list[str]:
    """The W and the s of "W[o, i·s + k]": a size has no indices, and s is no index."""
    found = []
    over = set(re.findall(r"Σ_(\w)\b|over (\w)\b", text))  # introduced where it stands
    introduced = {letter for pair in over for letter in pair}
    for symbol, indices in re.findall(r"(?<![\w.\\])(\w)\[([^\[\]]*)\]", text):
        known = (PLAIN | {"q"}) - SIZES  # q: the second distribution of a divergence
        used = set(re.findall(r"(?<![\w\\])[^\W\d_](?!\w)", indices))
        found += sorted({symbol} - known) + sorted(used - INDICES - introduced)
    return found


def test_each_symbol_has_one_meaning():
    assert len(SYMBOLS) > 30
    assert len(set(SYMBOLS)) == len(SYMBOLS)


@pytest.mark.parametrize("path", [*LECTURES, *ASSIGNMENTS], ids=lambda path: path.stem)
def test_a_formula_of_a_notebook_uses_the_symbols_of_the_table(path):
    for tex in formulas(path):
        assert letters(tex) <= PLAIN, f"{letters(tex) - PLAIN} in {tex}"
        assert strays_in_indices(tex) == [], tex


def test_docstrings_write_shapes_and_indices_in_the_symbols_of_the_table():
    found = [(path.name, stray) for path, text in docstrings() for stray in strays(text)]
    assert found == []


@pytest.mark.parametrize(
    ("text", "stray"),
    [("x (N, C, F, F)", ["F", "F"]), ("Σ W[o,c,k,l] x[c, i·s + k]", ["W", "s"]), ("h[m,n]", ["m"]),
     ("(O, C, K, K) and (C, Q)", ["Q"]), ("(Lin et al., 2013) and (H', W')", [])],
)  # fmt: skip
def test_a_stray_is_found(text, stray):
    assert strays(text) == stray
    assert letters(r"F \cdot \theta + \text{width} W") - PLAIN == {"F", "θ"}


def signs(path: Path) -> list[str]:
    """Every formula or sentence that has the sign of a true convolution."""
    found = [tex for tex in formulas(path) if re.search(r"\\ast\b|∗|(?<!\\)\*", tex)]
    return found + [cell for cell in text_cells(path) if "∗" in cell]


@pytest.mark.parametrize("path", [*LECTURES, *ASSIGNMENTS], ids=lambda path: path.stem)
def test_the_sign_of_convolution_stands_only_where_the_kernel_is_turned(path):
    turned = r"i-k|w \\ast \\delta|f \\ast|g \\ast|w ∗ δ|^\\ast$|\$\\ast\$"
    assert [sign for sign in signs(path) if not re.search(turned, sign)] == []


def test_the_sign_of_correlation_is_introduced_with_the_first_formula():
    [first, *_] = [
        tex for tex in formulas(ROOT / "lectures" / "06-convolution.ipynb") if "sum" in tex
    ]
    assert r"(f \star I)[i, j]" in first
