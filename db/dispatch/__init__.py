"""Deliveries beside sending them: what there is to know, show and mend. Only `db/outbox/` writes their states."""
