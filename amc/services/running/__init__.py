"""How an execution moves from QUEUED to its end: small steps, each idempotent, each one commit.

`dispatch` gives places at Amazon, `submitting` sends, `polling` looks, `fetching` gets the result,
`sweeping` takes up what a dead process left. `Transitions` is what they share.
"""
