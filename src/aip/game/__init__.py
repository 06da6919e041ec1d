"""The game: payoff table, equilibrium, and its certificate."""
