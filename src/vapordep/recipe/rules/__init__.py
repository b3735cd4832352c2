"""What reactor, substrate and chemistry say of the steps of a plan."""
