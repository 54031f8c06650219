"""The web application: routers, guards, error pages. Made by the composition root, which gives it the context."""

import re

from fastapi import FastAPI

from bot.context import Context
from bot.sheets import LARGEST
from bot.web import front, health, metrics, webhooks
from bot.web.api.server import create_api
from bot.web.board import acknowledging, households, notices
from bot.web.board.cards import Cards
from bot.web.board.device import Devices
from bot.web.board.limits import Limits
from bot.web.board.parts import Board
from bot.web.bodies import BodyCap
from bot.web.composer import approvals, checking, writing
from bot.web.composer import listing as drafts
from bot.web.composer.presence import Presence
from bot.web.dashboard import failovers, notice, remedies
from bot.web.dashboard import listing as notice_listing
from bot.web.dashboard.shared_views import NoticeViews
from bot.web.dashboard.watching import Watching
from bot.web.doors import listing, tapping
from bot.web.errors import Errors
from bot.web.headers import SecurityHeaders
from bot.web.inbox import deciding as inbox_moves
from bot.web.inbox import listing as inbox
from bot.web.office import card_sheets, months, papers, signing_in
from bot.web.office.cookie import SessionCookie
from bot.web.office.parts import Office
from bot.web.origin import OriginGuard
from bot.web.pages import STATIC, Pages, StaticPages
from bot.web.places.routes import ROUTERS as PEOPLE_AND_PLACES
from bot.web.posting import page as posting

ROUTERS = (
    webhooks.router,  # platforms wait two seconds, in bursts: routes are tried in this order
    front.router,
    households.router,
    notices.router,
    acknowledging.router,
    signing_in.router,
    papers.router,  # before the doors: a household's code may be anything
    card_sheets.router,
    months.router,
    listing.router,
    tapping.router,
    posting.router,
    inbox.router,
    inbox_moves.router,
    *PEOPLE_AND_PLACES,
    drafts.router,
    writing.router,
    checking.router,
    approvals.router,
    notice_listing.router,
    notice.router,
    remedies.router,
    failovers.router,
    health.router,
    metrics.router,
)
BODY = 64 * 1024  # bytes; forms of the board need a few dozen
ROOMY = {
    re.compile("/import"): LARGEST + BODY,  # a roster file and what a form puts around it
    re.compile(r"/compose/\d+"): writing.UPLOAD,  # files, which go to the disk
    re.compile(r"/compose/\d+/words"): writing.WORDS,
}


def create_app(context: Context) -> FastAPI:
    """Everything under `app.public_url`. `context` is open already and is closed by whoever made it."""
    app_settings = context.settings.app
    https = app_settings.public_url.startswith("https://")
    pages = Pages(context.settings.commune.name, context.settings.commune.zone, app_settings.public_url)
    # The routes themselves, and not their routers, of which the framework makes each route ready once more.
    routes = [route for router in ROUTERS for route in router.routes]
    app = FastAPI(title="Loa Thôn", docs_url=None, redoc_url=None, openapi_url=None, routes=routes)
    app.state.context = context
    devices = Devices(context.secret, https=https)
    limits = Limits(context, devices)
    app.state.board = Board(context, pages, devices, Cards(limits), limits)
    app.state.office = Office(context, pages, SessionCookie(https=https))
    app.state.presence = Presence()
    app.state.notice_views = NoticeViews(context, pages)
    app.state.watching = Watching(context, app.state.notice_views.forget)
    app.state.webhooks = webhooks.Webhooks(context)
    app.mount("/api", create_api(context, pages))
    app.mount("/static", StaticPages(directory=STATIC), name="static")
    errors = Errors(pages, https=https)
    errors.install(app)
    # The last one added stands outermost.
    app.add_middleware(BodyCap, most=BODY, refuse=errors.refuse, roomy=ROOMY)
    app.add_middleware(OriginGuard, public_url=app_settings.public_url, refuse=errors.refuse)
    app.add_middleware(SecurityHeaders, https=https)
    return app
