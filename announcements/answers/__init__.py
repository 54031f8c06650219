"""What a reply under a notice means: an acknowledgement and of which grade, a question, or neither.

Pure. Called by whoever hears people in chats. When in doubt it is no acknowledgement: a person looks at it then, and a
household wrongly counted would never be visited. `prepare` makes the expressions, once, off the loop that answers.
"""

from announcements.answers.expressions import prepare
from announcements.answers.reading import Meaning, Reading, read_answer

__all__ = ["Meaning", "Reading", "prepare", "read_answer"]
