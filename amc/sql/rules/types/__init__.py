"""Types that do not fit together."""
