"""Design of trials: sample size, group-sequential boundaries, simulation, randomisation."""
