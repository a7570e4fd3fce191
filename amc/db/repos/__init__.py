"""Named queries, by noun: the only place with select()."""
