"""The inbox of staff: what people wrote that waits for a person."""
