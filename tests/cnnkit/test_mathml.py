"""Formulas in TeX become MathML, or are refused by name."""

import xml.etree.ElementTree as xml

import pytest

from cnnkit.mathml import mathml


def test_a_formula_becomes_well_formed_mathml():
    made = mathml(r"\sum_{k<K} \frac{1}{2} \tilde x_k \star w", display=True)
    assert xml.fromstring(made).attrib["display"] == "block"
    assert "&#x0003C;" in made


def test_a_function_stands_apart_from_its_neighbours():
    thin = '<mspace width="0.17em"></mspace>'
    assert f"]</mo>{thin}<mi>ln</mi>{thin}<mi>p</mi>" in mathml(r"T[n] \ln p")
    assert thin not in mathml(r"-\exp(x) + \log_2 x + y_\ln + \tau a")
    assert f"<mi>ln</mi>{thin}<mfrac>" in mathml(r"\ln \frac{4}{3}")


@pytest.mark.parametrize("tex", [r"\sqrt{x^2} = |x|", r"-\infty"])
def test_bars_and_infinity_have_no_room_about_them(tex):
    made = mathml(tex)
    assert xml.fromstring(made) is not None
    assert made.count('lspace="0" rspace="0"') == (2 if "|" in tex else 1)


@pytest.mark.parametrize("tex", [r"\unheard{x}", r"\left( x", r"\begin{matrix} a", "", "x_1_2"])
def test_what_is_not_understood_is_named(tex):
    with pytest.raises(ValueError, match=r"is no formula|is not known"):
        mathml(tex)
