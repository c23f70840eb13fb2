"""What an image says of the drawing: shares that can be, and the least favourable of several images."""

from typing import Any

import pytest

from yttria.values.errors import QuantityError
from yttria.values.treatment import LungShunt
from yttria.values.units import Gram, Gy, Ml, Share
from yttria.values.uptake import ColdPart, Focus, ImageUptake, LungConventions, UptakeShares


def shunt(fraction: float) -> LungShunt:
    return LungShunt(Share(fraction), "planar", Gram(1000), "default 1000 g")


def lungs(*fractions: float, judged: int = 0, stated: str = "") -> LungConventions:
    pairs = {f"pair-{n}": shunt(f) for n, f in enumerate(fractions)}
    return LungConventions(pairs, f"pair-{judged}", Gram(1000), statement=stated)


def shares(perfused: float, blur: float = 0.8) -> UptakeShares:
    return UptakeShares(Share(perfused), Share(blur), Share(0.95))


def test_counts_are_set_against_those_of_blurred_even_uptake() -> None:
    assert shares(0.4).of_blur == pytest.approx(0.5)


def test_the_judged_pair_is_named_and_the_largest_shunt_counts_unless_one_is_stated() -> None:
    found = lungs(0.04, 0.09, judged=0)
    assert float(found.judged_pair.fraction) == 0.04
    assert float(found.most_fraction) == 0.09
    assert float(lungs(0.04, 0.09, judged=0, stated="case").most_fraction) == 0.04


def test_several_images_count_as_their_least_favourable() -> None:
    one = ImageUptake(lungs(0.03), shares(0.7), (Focus((0, 0, 0), Share(0.01), Ml(3)),))
    two = ImageUptake(lungs(0.08), shares(0.3), (Focus((9, 0, 0), Share(0.04), Ml(2)), one.foci[0]))
    found = ImageUptake.least_favourable([one, two])
    assert found.lungs is two.lungs
    assert found.uptake is two.uptake
    assert [float(f.share) for f in found.foci] == [0.04, 0.01]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: shares(1.1), "share of counts, perfused"),
        (lambda: shares(0.5, 0.0), "share of blurred even uptake in the perfused volume"),
        (lambda: Focus((0, 0, 0), Share(0.1), Ml(0)), "volume of a focus"),
        (lambda: ColdPart(Ml(0), Share(0.1), None), "volume of a cold part"),
        (lambda: ColdPart(Ml(1), Share(1.5), None), "share of a cold part"),
        (lambda: ColdPart(Ml(1), Share(0.5), Gy(-1)), "dose of the rest of a lesion"),
    ],
)
def test_what_cannot_be_is_refused(make: Any, words: str) -> None:
    with pytest.raises(QuantityError, match=words):
        make()
