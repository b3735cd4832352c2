"""A plan that is taken up again or changed under way: where it broke off, what is left, what may be amended."""
