"""The page of a notice as everybody with one role in one area sees it, made once for all of them who ask together."""

from dataclasses import dataclass, field

from markupsafe import Markup

from announcements.curves import milestones
from announcements.deliveries import MAY_RESEND
from announcements.types import Role
from bot.context import Context
from bot.office.reach import notice_views
from bot.web.dashboard.sharing import Shared
from bot.web.dashboard.watching import AT_MOST_EVERY
from bot.web.dashboard.words import tools
from bot.web.pages import Pages
from db.access.people import StaffRow


@dataclass(frozen=True, slots=True)
class SharedView:
    """What is the same for all of them. `live`: the page is to be kept up to date."""

    title: str
    main: Markup
    live: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a page depends on. `staff` is whoever asked first: nothing but path and role of theirs is used."""

    code: str
    path: str
    role: Role
    staff: StaffRow = field(compare=False)


class NoticeViews:
    """Pages of notices, shared while they are made, and for a second as long as nobody answers."""

    def __init__(self, context: Context, pages: Pages) -> None:
        self._context = context
        self._pages = pages
        self._shared = Shared(self._make, keep=AT_MOST_EVERY)

    def forget(self) -> None:
        """Something about a notice changed in this process."""
        self._shared.forget()

    async def get(self, code: str, staff: StaffRow) -> SharedView:
        """The notice as `staff` sees it now. Raises `NotFound`."""
        return await self._shared.get(_Asked(code, staff.path, staff.role, staff))

    async def _make(self, asked: _Asked) -> SharedView:
        now, staff = self._context.clock(), asked.staff
        view = await notice_views.view(self._context, asked.code, staff)
        main = self._pages.fragment(
            "staff_notice_main.html",
            **tools(asked.role),
            view=view,
            row=view.row,
            area_name=staff.area_name,
            may_withdraw=view.may_withdraw(staff),
            expired=view.expired(now),
            resendable=view.resendable(now),
            troubled=[one for one in view.deliveries if one.state in MAY_RESEND],
            milestones=milestones(view.points),
        )
        return SharedView(view.row.title, Markup(main), view.report is not None)  # noqa: S704 -- a template made it
