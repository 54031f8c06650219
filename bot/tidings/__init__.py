"""What the service says to staff of its own accord, or says back for them: kept first, then said in private."""
