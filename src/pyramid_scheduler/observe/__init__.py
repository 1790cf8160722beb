"""How the scheduler is seen from outside, each an include of its own."""
