"""What a test may do with an answer that uses pandas: each kind with a right and a wrong one."""

from dataclasses import replace

import pytest

PANDAS = ("setup", "locked", "import numpy as np\nimport pandas as pd")
SALES = (
    "data",
    "locked",
    "sales = pd.DataFrame({'town': ['Bern', 'Basel', 'Bern'], 'sold': [1, 2, 4]})",
)
EQUAL = "pd.testing.assert_frame_equal"
# Cells, by kind of answer: the answer, the test, and a wrong answer.
KINDS = {
    "a frame that the test makes": (
        "def total(df):\n    return df['sold'].sum()",
        "assert total(pd.DataFrame({'sold': [1, 2]})) == 3\nassert total(sales) == 7",
        "def total(df):\n    return df['sold'].max()",
    ),
    "whether it is a frame": (
        "def load():\n    return pd.DataFrame({'a': [1]})",
        "df = load()\nassert isinstance(df, pd.DataFrame) and df.shape == (1, 1)",
        "def load():\n    return {'a': [1]}",
    ),
    "a variable that is a frame": (
        "big = sales[sales.sold > 1]",
        "assert list(big.index) == [1, 2] and (big['sold'] > 1).all()",
        "big = sales[sales.sold > 2]",
    ),
    "whether it equals another": (
        "def double(df):\n    return df.assign(sold=2 * df.sold)",
        "assert double(sales).equals(sales.assign(sold=[2, 4, 8]))",
        "def double(df):\n    return df.assign(sold=2.0 * df.sold)",
    ),
    "as pandas itself compares": (
        "def tidy(df):\n    return df.sort_values('sold', ascending=False).reset_index(drop=True)",
        f"{EQUAL}(tidy(sales), pd.DataFrame({{'town': ['Bern', 'Basel', 'Bern'], "
        "'sold': [4, 2, 1]}))",
        "def tidy(df):\n    return df.sort_values('sold', ascending=False)",
    ),
    "sums by group": (
        "def by_town(df):\n    return df.groupby('town')['sold'].sum()",
        "s = by_town(sales)\nassert s.name == 'sold' and s.index.name == 'town'\n"
        "assert s['Bern'] == 5 and s.to_dict() == {'Basel': 2, 'Bern': 5}",
        "def by_town(df):\n    return df.groupby('town')['sold'].mean()",
    ),
    "several sums by several groups": (
        "def table(df):\n    return df.groupby(['town', 'sold']).agg(n=('sold', 'size'))",
        "t = table(sales)\nassert t.index.nlevels == 2 and t.loc[('Bern', 4), 'n'] == 1",
        "def table(df):\n    return df.groupby('town').agg(n=('sold', 'size'))",
    ),
    "the groups themselves": (
        "groups = sales.groupby('town')",
        "assert len(groups) == 2 and groups.get_group('Bern')['sold'].tolist() == [1, 4]",
        "groups = sales.groupby('sold')",
    ),
    "dates": (
        "def days(n):\n    return pd.date_range('2026-02-27', periods=n)",
        "d = days(3)\nassert d[-1] == pd.Timestamp('2026-03-01') and d.freq == 'D'\n"
        "assert (d[1] - d[0]) == pd.Timedelta(days=1)",
        "def days(n):\n    return pd.date_range('2026-02-27', periods=n, freq='B')",
    ),
    "a column of dates": (
        "def parse(df):\n    return df.assign(day=pd.to_datetime(df.day))",
        "p = parse(pd.DataFrame({'day': ['2026-01-31', None]}))\n"
        "assert p.day.dt.month[0] == 1 and p.day.isna().tolist() == [False, True]",
        "def parse(df):\n    return df",
    ),
    "means by the month": (
        "def monthly(s):\n    return s.resample('MS').mean()",
        "s = pd.Series([1.0, 3, 5], pd.to_datetime(['2026-01-01', '2026-01-02', '2026-02-01']))\n"
        "expected = pd.Series([2.0, 5], pd.date_range('2026-01-01', periods=2, freq='MS'))\n"
        "pd.testing.assert_series_equal(monthly(s), expected)",
        "def monthly(s):\n    return s.resample('ME').mean()",
    ),
    "categories": (
        "def sizes(df):\n    return pd.Categorical(df.s, ['S', 'L'], ordered=True)",
        "c = sizes(pd.DataFrame({'s': ['L', 'S']}))\nassert c.max() == 'L' and c.ordered",
        "def sizes(df):\n    return pd.Categorical(df.s, ['L', 'S'], ordered=True)",
    ),
    "bins": (
        "def bins(x):\n    return pd.cut(x, [0, 1, 2])",
        "b = bins(pd.Series([0.5, 2]))\nassert b[0] == pd.Interval(0, 1) and b.cat.ordered",
        "def bins(x):\n    return pd.cut(x, [0, 1, 2], right=False)",
    ),
    "missing values": (
        "def fill(df):\n    return df.fillna(0)",
        "df = pd.DataFrame({'a': [1.0, np.nan], 'b': pd.array([None, 2], 'Int64')})\n"
        "f = fill(df)\nassert f.shape == (2, 2) and not f.isna().any().any()\n"
        "assert f.b.dtype == 'Int64' and df.isna().sum().sum() == 2",
        "def fill(df):\n    return df.dropna()",
    ),
    "a value that is missing": (
        "def first(s):\n    return s.iloc[0]",
        "assert first(pd.Series([pd.NA, 1], dtype='Int64')) is pd.NA",
        "def first(s):\n    return None",
    ),
    "distinct texts": (
        "def towns(df):\n    return df.town.unique()",
        "assert sorted(towns(sales)) == ['Basel', 'Bern']",
        "def towns(df):\n    return df.town.array",
    ),
    "the kinds of the columns": (
        "def kinds(df):\n    return df.dtypes",
        "k = kinds(sales)\nassert k['sold'] == np.int64 and k['town'] == 'str'",
        "def kinds(df):\n    return df.astype(object).dtypes",
    ),
    "mixed values as NumPy has them": (
        "def rows(df):\n    return df.values",
        "assert rows(sales).shape == (3, 2) and rows(sales)[0, 0] == 'Bern'",
        "def rows(df):\n    return df.values.T",
    ),
    "a column that is added in place": (
        "def add(df):\n    df['double'] = 2 * df['sold']",
        "df = sales.copy()\nassert add(df) is None\nassert df['double'].tolist() == [2, 4, 8]\n"
        "assert list(df) == ['town', 'sold', 'double']",
        "def add(df):\n    df = df.assign(double=2 * df['sold'])",
    ),
    "rows that are dropped in place": (
        "def drop(df):\n    df.drop(df.index[df.sold < 2], inplace=True)",
        "df = sales.copy()\ndrop(df)\nassert df.shape == (2, 2) and df.index.tolist() == [1, 2]",
        "def drop(df):\n    df.drop(df.index[df.sold < 2])",
    ),
    "a series that is changed in place": (
        "def clip(s):\n    s[s > 1] = 1",
        "s = pd.Series([0, 5], name='x')\nclip(s)\nassert s.tolist() == [0, 1] and s.name == 'x'",
        "def clip(s):\n    s = s.clip(upper=1)",
    ),
    "an argument that is left alone": (
        "def top(df):\n    return df.sort_values('sold').tail(1)",
        "before = sales.copy()\nassert top(sales).sold.item() == 4\n"
        f"{EQUAL}(sales, before)",
        "def top(df):\n    df.sort_values('sold', ascending=False, inplace=True)\n"
        "    return df.head(1)",
    ),
    "functions of the test's for each row": (
        "def each(df, f):\n    return df.apply(f, axis=1)",
        "out = each(sales, lambda row: row['sold'] + len(row['town']))\n"
        "assert out.tolist() == [5, 7, 8]",
        "def each(df, f):\n    return df.sold",
    ),
    "a frame in a dictionary": (
        "def split(df):\n    return {town: part for town, part in df.groupby('town')}",
        "parts = split(sales)\nassert sorted(parts) == ['Basel', 'Bern']\n"
        "assert parts['Bern']['sold'].sum() == 5",
        "def split(df):\n    return {town: df for town in df.town}",
    ),
    "decimal numbers": (
        "from decimal import Decimal\ndef price(x):\n    return x * Decimal('1.077')",
        "assert price(Decimal('10')) == Decimal('10.770')",
        "from decimal import Decimal\ndef price(x):\n    return float(x) * 1.077",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny(make_tiny):
    """One assignment with a question for each kind."""
    cells = [PANDAS, SALES]
    for n, (answer, test, _) in enumerate(KINDS.values()):
        cells += [(f"f{n}", "solution", answer), (f"t{n}", "test", test)]
    made = make_tiny(cells)
    both = ("numpy", "pandas")
    made.assignment = replace(made.assignment, packages=both, grader_packages=both)
    return made


@pytest.fixture(scope="module")
def right(tiny):
    return tiny.grade()


@pytest.fixture(scope="module")
def wrong(tiny):
    """Every answer wrong: a question costs no other."""
    return tiny.grade({f"f{n}": answer for n, (_, _, answer) in enumerate(KINDS.values())})


@pytest.mark.parametrize("kind", KINDS)
def test_a_right_answer_gets_its_points_and_a_wrong_one_none(right, wrong, kind):
    n = list(KINDS).index(kind)
    assert right.questions[n].state == "passed", right.questions[n].message
    assert wrong.questions[n].score == 0
    assert wrong.questions[n].state in ("failed", "error"), wrong.questions[n].message
