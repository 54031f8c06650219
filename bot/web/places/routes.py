"""Every router of people and places."""

from bot.web.places import areas, chats, households, imports, lists, staff, wishes

ROUTERS = (areas.router, households.router, staff.router, chats.router, imports.router, lists.router,
           wishes.router)  # fmt: skip
