"""People and places: areas, households, the roster, staff and chats, as pages of staff. A module a noun; all are thin,
what is done lives in `bot/office/`."""
