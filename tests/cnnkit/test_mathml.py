"""TeX becomes MathML: what each construction becomes, and what is refused."""

import re
import xml.etree.ElementTree as xml

import pytest

from cnnkit.export.mathml import mathml


def body(tex):
    """The MathML of a formula, without what is around it, and without attributes."""
    text = mathml(tex)
    xml.fromstring(text)  # well formed
    inner = re.search(r"<semantics><mrow>(.*)</mrow><annotation", text)[1]
    return re.sub(r" [a-z]+=\"[^\"]*\"", "", inner)


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        ("a_1", "<msub><mi>a</mi><mn>1</mn></msub>"),
        ("x^{2n}", "<msup><mi>x</mi><mrow><mn>2</mn><mi>n</mi></mrow></msup>"),
        (r"\sum_{k=0}^{9}", "<munderover><mo>∑</mo><mrow><mi>k</mi><mo>=</mo><mn>0</mn></mrow>"
         "<mrow><mn>9</mn></mrow></munderover>"),
        (r"\frac{a}{b}", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        (r"\frac12 x", "<mfrac><mn>1</mn><mn>2</mn></mfrac><mi>x</mi>"),
        ("x^10", "<msup><mi>x</mi><mn>1</mn></msup><mn>0</mn>"),
        (r"\sqrt[3]{x}", "<mroot><mrow><mi>x</mi></mrow><mrow><mn>3</mn></mrow></mroot>"),
        (r"\tilde x", "<mover><mi>x</mi><mo>~</mo></mover>"),
        (r"w \star x \ast y", "<mi>w</mi><mo>⋆</mo><mi>x</mi><mo>∗</mo><mi>y</mi>"),
        ("k' - 1", "<mrow><mi>k</mi><mo>′</mo></mrow><mo>−</mo><mn>1</mn>"),
        (r"\text{if } x < 3.5", "<mtext>if </mtext><mi>x</mi><mo>&lt;</mo><mn>3.5</mn>"),
        (r"\mathbb{R}", "<mi>ℝ</mi>"),
        (r"\left( x \right]", "<mrow><mo>(</mo><mi>x</mi><mo>]</mo></mrow>"),
        (r"\max_k x", "<munder><mi>max</mi><mi>k</mi></munder><mi>x</mi>"),
        (r"\begin{pmatrix} a & b \\ c & d \end{pmatrix}",
         "<mrow><mo>(</mo><mtable><mtr><mtd><mi>a</mi></mtd><mtd><mi>b</mi></mtd></mtr>"
         "<mtr><mtd><mi>c</mi></mtd><mtd><mi>d</mi></mtd></mtr></mtable><mo>)</mo></mrow>"),
    ],
)  # fmt: skip
def test_a_construction_becomes_its_element(tex, expected):
    assert body(tex) == expected


def test_a_formula_keeps_its_tex_for_those_who_copy_it():
    text = mathml(r" \delta < 1 ", display=True)
    assert text.startswith('<math display="block">')
    assert r'<annotation encoding="application/x-tex">\delta &lt; 1</annotation>' in text


@pytest.mark.parametrize(
    ("tex", "problem"),
    [(r"\unheard{x}", "unheard"), ("{x", "} is missing"), ("x}", "} closes nothing"),
     (r"\frac{a}", "ends where something is missing"), (r"\left( x", r"\right is missing"),
     (r"\begin{tikzpicture} \end{tikzpicture}", "tikzpicture"), (r"\mathfrak{g}", "mathfrak"),
     (r"\begin{matrix} a \end{pmatrix}", "end{matrix} is missing")],
)  # fmt: skip
def test_what_is_not_understood_is_named(tex, problem):
    with pytest.raises(ValueError, match=re.escape(problem)):
        mathml(tex)
