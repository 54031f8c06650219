"""The JSON API under `/api/v1`, for other programs: the same services as the terminal's, opened by keys.

`server.py` puts it together, `gate.py` stands in front; routes are modules by noun. docs/api.md says how to
use it.
"""
