"""Formulas in TeX become MathML, or are refused by name."""

import xml.etree.ElementTree as xml

import pytest

from cnnkit.mathml import mathml


def test_a_formula_becomes_well_formed_mathml():
    made = mathml(r"\sum_{k<K} \frac{1}{2} \tilde x_k \star w", display=True)
    assert xml.fromstring(made).attrib["display"] == "block"
    assert "&#x0003C;" in made


@pytest.mark.parametrize("tex", [r"\unheard{x}", r"\left( x", r"\begin{matrix} a", "", "x_1_2"])
def test_what_is_not_understood_is_named(tex):
    with pytest.raises(ValueError, match=r"is no formula|is not known"):
        mathml(tex)
