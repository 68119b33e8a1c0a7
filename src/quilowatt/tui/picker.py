"""The list of clients: search by name, arrow keys, Enter. Pages come as one walks down."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import DataTable, Input, Static

from quilowatt.tui.base import OpenMeter, WatchScreen, start_work
from quilowatt.tui.chart import level_bar
from quilowatt.tui.palette import ALARM, DAY_RAMP, FIGURE, MUTED, level_colour
from quilowatt.tui.widgets import KeyBar, Notice, TopBar
from quilowatt.tui.wording import age, energy_figure

if TYPE_CHECKING:
    from uuid import UUID

    from rich.console import JustifyMethod
    from textual.app import ComposeResult
    from textual.events import Resize

    from quilowatt.client import Customer, Page
    from quilowatt.tui.desk import Desk

__all__ = ["PickerScreen"]

PAGE_LIMIT: Final = 100
NEAR_END: Final = 30
"""Rows below the cursor at which the next page is fetched: more than a screen's height."""

COLUMNS: Final = (("now", 9), ("today", 10), ("month", 10), ("seen", 11))
"""Columns after the name, and their widths. [columns]"""

WIDE: Final = 110
WIDE_COLUMNS: Final = (("meter", 18), ("now", 9), ("level", 16), *COLUMNS[1:])
LEVEL_WIDTH: Final = 16
LEFT_COLUMNS: Final = ("meter", "level")
NAME_WIDTH_MIN: Final = 16
FRAME_WIDTH: Final = 7
"""Frame, padding, scroll bar and the name's own padding. [columns]"""

KEYS: Final = (
    ("↑↓", "key_choose"),
    ("Enter", "key_open"),
    ("/", "key_search"),
    ("a", "key_alerts"),
    ("?", "key_help"),
    ("q", "key_quit"),
)


@dataclass(slots=True)
class PageMark:
    """Where a page begins: its cursor, and its first row."""

    cursor: str | None
    first_row: int


class ClientTable(DataTable[Text]):
    """A table whose keys for the ends lead to the first and the last client."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("home,g", "scroll_top", show=False),
        Binding("end,G", "scroll_bottom", show=False),
        Binding("k", "cursor_up", show=False),
        Binding("j", "cursor_down", show=False),
    ]


class PickerScreen(WatchScreen):
    """Every client with what he takes now, today and this month."""

    refresh_ticks = 3

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", show=False),
        Binding("escape", "clear_search", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._text = ""
        self._customers: dict[str, Customer] = {}
        self._marks = [PageMark(None, 0)]
        self._next_cursor: str | None = None
        self._is_loaded = False
        self._alarmed: set[UUID] = set()

    def compose(self) -> ComposeResult:
        """Lay the screen out."""
        words = self.desk.words
        yield TopBar(words)
        yield Notice(id="alarm")
        yield Notice(id="line")
        with Vertical(id="list"):
            yield Input(placeholder=words("search"), id="search", compact=True)
            yield ClientTable(id="table", cursor_type="row", cell_padding=1)
            yield Static(id="empty")
        yield KeyBar(KEYS, words)

    def fill(self) -> None:
        """Set the columns up."""
        self.query_one(TopBar).place(self.desk.words("clients"))
        self._set_columns()
        self._show_rows()
        self._table.focus()

    def on_resize(self, _event: Resize) -> None:
        """Give the name what is left of the width."""
        row = self._table.cursor_row
        self._set_columns()
        self._table.move_cursor(row=row)
        self._show_rows()

    def refresh_state(self) -> None:
        """Ask again for the page under the cursor and for the last one."""
        row = self._table.cursor_row if self._customers else 0
        under = max((m for m in self._marks if m.first_row <= row), key=lambda m: m.first_row)
        pages = [under] if under is self._marks[-1] else [under, self._marks[-1]]
        start_work(self, partial(self._fetch, pages), group="rows")

    def show_desk(self) -> None:
        """Show line and banner, and mark the clients who have an open alert."""
        super().show_desk()
        alarmed = {alert.meter for alert in self.desk.open_alerts.values()}
        changed, self._alarmed = alarmed ^ self._alarmed, alarmed
        if not changed:
            return
        for key, customer in self._customers.items():
            self._table.update_cell(key, "name", self._name_cell(customer))

    async def _fetch(self, pages: list[PageMark]) -> None:
        for mark in pages:
            page = await self.ask(self._page(mark.cursor))
            if page is None or not self.is_up:
                return
            self._merge(mark, page)
        self._is_loaded = True
        self._show_rows()

    async def _page(self, cursor: str | None) -> Page[Customer]:
        feed = self.desk.feed
        if self._text:
            return await feed.customers(name=self._text, limit=PAGE_LIMIT, cursor=cursor)
        return await feed.customers(limit=PAGE_LIMIT, cursor=cursor)

    def _merge(self, mark: PageMark, page: Page[Customer]) -> None:
        """Update the rows that are known and append the others."""
        self._customers |= {str(customer.usage_point): customer for customer in page.items}
        for customer in page.items:
            key = str(customer.usage_point)
            cells = self._cells(customer)
            if key in self._table.rows:
                for column, cell in cells.items():
                    self._table.update_cell(key, column, cell)
            else:
                self._table.add_row(*cells.values(), key=key)
        if mark is self._marks[-1]:
            self._next_cursor = page.next_cursor

    @on(DataTable.RowHighlighted)
    def _walk_on(self, event: DataTable.RowHighlighted) -> None:
        if self._next_cursor and event.cursor_row >= self._table.row_count - NEAR_END:
            mark = PageMark(self._next_cursor, self._table.row_count)
            self._next_cursor = None
            self._marks.append(mark)
            start_work(self, partial(self._fetch, [mark]), group="rows", exclusive=False)

    @on(DataTable.RowSelected)
    def _open(self, event: DataTable.RowSelected) -> None:
        customer = self._customers[str(event.row_key.value)]
        self.post_message(OpenMeter(customer.meter, customer.name))

    @on(Input.Changed)
    def _search(self, event: Input.Changed) -> None:
        text = event.value.strip()
        if text == self._text:
            return
        self._text, self._next_cursor, self._is_loaded = text, None, False
        self._marks = [PageMark(None, 0)]
        self._customers.clear()
        self._table.clear()
        self.refresh_state()

    @on(Input.Submitted)
    def _choose(self) -> None:
        """Open whom the search left at the cursor; while it is on its way, go to the list."""
        self._table.focus()
        if self._is_loaded and self._customers:
            self._table.action_select_cursor()

    def key_down(self) -> None:
        """Leave the search for the list."""
        self._table.focus()

    def search(self, text: str) -> None:
        """Search for a name as if it had been typed."""
        self.query_one(Input).value = text

    def action_search(self) -> None:
        """Type a name."""
        self.query_one(Input).focus()

    def action_clear_search(self) -> None:
        """Show everybody again."""
        self.query_one(Input).value = ""
        self._table.focus()

    @property
    def _table(self) -> ClientTable:
        return self.query_one(ClientTable)

    def _set_columns(self) -> None:
        """Lay the columns out anew: their widths follow the screen's."""
        words, table = self.desk.words, self._table
        table.clear(columns=True)
        columns = WIDE_COLUMNS if self.size.width >= WIDE else COLUMNS
        taken = sum(width + 2 for _, width in columns)
        name_width = max(NAME_WIDTH_MIN, self.size.width - taken - FRAME_WIDTH)
        table.add_column(Text(words("column_name"), MUTED), width=name_width, key="name")
        for key, width in columns:
            side: JustifyMethod = "left" if key in LEFT_COLUMNS else "right"
            label = Text(words(f"column_{key}"), MUTED, justify=side)
            table.add_column(label, width=width, key=key)
        for row_key, customer in self._customers.items():
            table.add_row(*self._cells(customer).values(), key=row_key)

    def _cells(self, customer: Customer) -> dict[str, Text]:
        words = self.desk.words
        power = "–" if customer.power_w is None else words.power(customer.power_w)
        cells = {"name": self._name_cell(customer)}
        if self.size.width >= WIDE:
            cells["meter"] = Text(customer.serial or str(customer.meter)[:8], MUTED)
        cells["now"] = Text(power, FIGURE, justify="right")
        if self.size.width >= WIDE:
            cells["level"] = self._level(customer)
        cells["today"] = Text(energy_figure(customer.today_kwh, words), justify="right")
        cells["month"] = Text(energy_figure(customer.month_kwh, words), justify="right")
        cells["seen"] = Text(self._seen(customer), MUTED, justify="right")
        return cells

    def _name_cell(self, customer: Customer) -> Text:
        if self.desk.has_open(customer.meter):
            return Text(f"▲ {customer.name}", f"bold {ALARM}")
        return Text(f"  {customer.name}")

    def _level(self, customer: Customer) -> Text:
        """Draw the power against the highest in the list."""
        peak = max((other.power_w or 0 for other in self._customers.values()), default=0)
        share = (customer.power_w or 0) / peak if peak else 0.0
        return Text(level_bar(share, LEVEL_WIDTH), level_colour(share, DAY_RAMP))

    def _seen(self, customer: Customer) -> str:
        words = self.desk.words
        if customer.last_reading is None:
            return words("no_reading_short")
        passed_s = self.desk.clock() - customer.last_reading.time.timestamp()
        return words("ago", age=age(passed_s, words))

    def _show_rows(self) -> None:
        """Show the list, or what to do while it is empty."""
        words, count = self.desk.words, len(self._customers)
        self._table.display = count > 0
        empty = self.query_one("#empty", Static)
        empty.display = count == 0
        if not self._is_loaded:
            empty.update(words("loading") if self.is_live else "")
        else:
            key = "no_match" if self._text else "no_meter"
            empty.update(Text(words(key, text=self._text) if self._text else words(key)))
        key = "count_more" if self._next_cursor else "count_one" if count == 1 else "count"
        fields = {} if key == "count_one" else {"count": count}
        self.query_one(KeyBar).say(words(key, **fields) if count else "")
