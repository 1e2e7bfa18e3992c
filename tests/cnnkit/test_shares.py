"""The picture of shares draws what it is given."""

import pytest

from cnnkit import viz


def bars(axes):
    return [bar.get_width() for bar in axes.patches]


def test_each_bar_is_a_part_of_its_quantitys_sum_on_one_scale():
    picture = viz.shares_picture(["conv", "fc"], {"weights": [1, 3], "work": [60, 40]})
    weights, work = picture.axes
    assert bars(weights) == [0.25, 0.75]
    assert bars(work) == pytest.approx([0.6, 0.4])
    assert weights.get_xlim() == work.get_xlim()
    assert [label.get_text() for label in weights.get_yticklabels()] == ["conv", "fc"]
    assert weights.get_ylim()[0] > weights.get_ylim()[1]  # the first part is on top
    assert picture.alt == (
        "Shares of 2 parts, the largest of each. weights: fc 75 %, conv 25 %; "
        "work: conv 60 %, fc 40 %."
    )


def test_small_shares_are_not_rounded_to_nothing():
    values = [0, 1e-6, 0.0004, 0.026, 0.0996]
    [axes] = viz.shares_picture("abcde", {"weights": [*values, 1 - sum(values)][1:]}).axes
    written = [text.get_text() for text in axes.texts]
    assert written == ["< 0.01 %", "0.04 %", "2.6 %", "10 %", "87 %"]
    [axes] = viz.shares_picture("ab", {"work": [0, 2]}).axes
    assert [text.get_text() for text in axes.texts] == ["0 %", "100 %"]


@pytest.mark.parametrize(
    ("parts", "panels", "said"),
    [
        ([], {"work": []}, "part"),
        (["a"], {}, "quantity"),
        (["a", "b"], {"work": [1]}, "work: expected a value for each of 2 parts"),
        (["a", "b"], {"work": [1, -1]}, "at least 0"),
        (["a", "b"], {"work": [0, 0]}, "not only zeros"),
        (["a", "b"], {"work": [1, float("nan")]}, "at least 0"),
    ],
)
def test_what_has_no_shares_is_refused(parts, panels, said):
    with pytest.raises(ValueError, match=said):
        viz.shares_picture(parts, panels)
