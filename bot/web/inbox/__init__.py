"""`/inbox`: what people wrote that a person has to read."""
