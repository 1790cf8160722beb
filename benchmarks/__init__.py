"""What the scheduler is measured by: side by side with its peers, in one run. See README.md."""
