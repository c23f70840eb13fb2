"""The result of `yttria calc`: that of any of its kinds (CONTRACT: calc)."""

from yttria.contract.activity_calculations import DecayResult, PlanarShuntResult, ResidualResult, VialsResult
from yttria.contract.clinical_calculations import (
    AlbiResult,
    BclcResult,
    ChildPughResult,
    DeliveredResult,
    RemnantResult,
)
from yttria.contract.dose_calculations import (
    EffectiveDoseResult,
    HolmiumResult,
    InverseResult,
    MonoResult,
    PartitionResult,
    SphereUncertaintyResult,
    SurfaceResult,
)
from yttria.contract.statistic_calculations import ConsistencyResult, ProportionResult, TwoByTwoResult

CalcResult = (
    MonoResult
    | InverseResult
    | PartitionResult
    | SurfaceResult
    | HolmiumResult
    | DecayResult
    | VialsResult
    | ResidualResult
    | SphereUncertaintyResult
    | EffectiveDoseResult
    | PlanarShuntResult
    | TwoByTwoResult
    | ProportionResult
    | ConsistencyResult
    | DeliveredResult
    | RemnantResult
    | ChildPughResult
    | AlbiResult
    | BclcResult
)
