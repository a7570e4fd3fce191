"""The local AMC: Amazon's HTTP surface on synthetic events. Nobody imports it."""
