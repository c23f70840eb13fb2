"""The upper tail of the chi-squared distribution, at quantiles that every table prints."""

import pytest

from yttria.evidence.survival.chi2 import Chi2


@pytest.mark.parametrize(
    ("chi2", "df", "p"),
    [(3.841459, 1, 0.05), (6.634897, 1, 0.01), (5.991465, 2, 0.05), (18.307038, 10, 0.05), (0.0, 3, 1.0)],
)
def test_p_is_the_upper_tail(chi2: float, df: int, p: float) -> None:
    assert Chi2(chi2, df).p == pytest.approx(p, rel=1e-6)
