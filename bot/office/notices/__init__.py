"""A notice from the draft to the button that sends it, and second thoughts."""
