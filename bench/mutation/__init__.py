"""Mutation score of `vapordep.safety`: small errors put into its code one by one, and which of them no test notices."""
