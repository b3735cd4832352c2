"""What a recipe will do and give, worked out before anything is executed."""
