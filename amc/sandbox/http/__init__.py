"""Amazon's HTTP surface of the local AMC: one router module a noun."""
