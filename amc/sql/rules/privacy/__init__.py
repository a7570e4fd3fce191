"""What AMC never shows, and what it shows for enough users only."""
