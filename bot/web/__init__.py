"""Pages and their guards. Numbers in addresses are rows' ids: a longer one than a database counts to names nothing.

Here because every route is compiled with it.
"""

from starlette.convertors import IntegerConvertor, register_url_convertor

from bot.web.numbers import DIGITS


class RowId(IntegerConvertor):
    """`{name:int}` in a route."""

    regex = f"[0-9]{{1,{DIGITS}}}"


register_url_convertor("int", RowId())
