"""What earlier runs left behind: walls, bottles, recent doses, and runs that can be taken up again."""
