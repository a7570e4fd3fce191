"""Pure time arithmetic: cron, slots, window rules."""
