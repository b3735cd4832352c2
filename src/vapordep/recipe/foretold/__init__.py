"""What a plan makes of the reactor from step to step, as far as the plan alone can tell."""
