"""SQL that AMC does not run, or runs other than expected."""
