"""Everything that leaves the program as a file for people: sheets to print, tables to calculate with.

Called by commands, which save a `PaperFile`, and by pages, which answer with one (`bot/web/downloads.py`). Making one
takes a processor and no event loop: in the service always in a thread. What a file holds comes from `bot/office`.
"""
