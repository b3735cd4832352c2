"""The contract that every driver keeps, tried against its simulator."""
