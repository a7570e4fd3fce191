"""Amazon on the wire: Login with Amazon, AMC administration and reporting, campaigns, products."""
