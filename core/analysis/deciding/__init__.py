"""Which configuration to use: Pareto sets, limits, recommendations, and how to deploy one."""
