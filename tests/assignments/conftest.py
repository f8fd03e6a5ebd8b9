"""What stands in ``tiny`` is an assignment to test with: its hidden tests are run on notebooks, not on their own."""

collect_ignore = ["tiny"]
