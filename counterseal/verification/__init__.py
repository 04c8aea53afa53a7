"""Floor four: what holds. Git objects, evidence, policy, quorum, the log, and ``admit``, which joins them."""
