"""How fast the activities of several injections are found once the doses of 1 GBq of each are known.

Run `./run bench injection_speed`. Two, three and four injections, each with a target of its own and one that all share, limits for the whole normal liver, for each
perfused normal liver and for the lungs; once free, once with a least activity of each injection. CPU time, the least of several rounds.

Claim: two injections below 50 ms.
"""

import numpy as np

from race import race, state
from yttria.planning.multi_injection import DoseRow, optimal_activities
from yttria.values.units import Gy

CLAIM_MS = 50.0


def problem(count: int, seed: int) -> tuple[list[DoseRow], list[DoseRow], tuple[float, ...]]:
    """Return targets, limits and cost of a random liver with as many injections."""
    rng = np.random.default_rng(seed)
    shared = DoseRow("index", tuple(rng.uniform(10, 60, count)), Gy(250))
    own = [DoseRow(f"lesion {n}", tuple(80.0 * (n == m) for m in range(count)), Gy(250)) for n in range(count)]
    cost = tuple(rng.uniform(5, 20, count))
    perfused = [DoseRow(f"normal {n}", tuple(50.0 * (n == m) for m in range(count)), Gy(120)) for n in range(count)]
    limits = [DoseRow("normal-liver", cost, Gy(75)), DoseRow("lung", (2.5,) * count, Gy(30)), *perfused]
    return [shared, *own], limits, cost


def main() -> None:
    print(state())
    for count in (2, 3, 4):
        targets, limits, cost = problem(count, seed=count)
        took = race(
            {
                "free": lambda t=targets, x=limits, c=cost: optimal_activities(t, x, cost=c),
                "0 or at least": lambda t=targets, x=limits, c=cost: optimal_activities(
                    t, x, cost=c, least_gbq=(0.5,) * len(c)
                ),
            }
        )
        for name, spent in took.items():
            told = "" if count > 2 else (": claim met" if 1000 * spent.cpu_s < CLAIM_MS else ": CLAIM MISSED")
            print(f"{count} injections, {name}: {1000 * spent.cpu_s:.1f} ms{told}")


if __name__ == "__main__":
    main()
