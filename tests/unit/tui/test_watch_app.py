"""The application against a fake server: what stands on the screen after which keys and events."""

import pytest

from quilowatt.errors import ApiError


async def opened(stage):
    """Choose the first client and wait for the screen to be full."""
    await stage.shows("Ana Souza", "212.3")
    await stage.press("enter")
    await stage.shows("SIM-000", "R$1,233.58", "sum")


def test_list_shows_every_client(feed, watch, snapshot):
    async def scenario(stage):
        await stage.shows("live", "Ana Souza", "Bruno Lima", "Célia Araújo", "3 clients")
        snapshot("list_80x24", stage.text)

    watch(feed, scenario)


def test_client_in_a_small_screen(feed, watch, snapshot):
    async def scenario(stage):
        await opened(stage)
        snapshot("client_80x24", stage.text)
        await stage.press("tab")
        await stage.shows("Last 30 days")
        snapshot("client_80x24_month", stage.text)
        await stage.press("1")
        await stage.shows("Last 24 hours")

    watch(feed, scenario)


def test_client_in_a_large_screen_in_portuguese(feed, watch, snapshot):
    async def scenario(stage):
        await stage.shows("Ana Souza", "212,3")
        await stage.press("enter")
        await stage.shows("R$ 1.233,58", "Últimas 24 horas", "Últimos 30 dias", "soma")
        snapshot("client_140x40_pt", stage.text)

    watch(feed, scenario, size=(140, 40), tongue="pt")


@pytest.mark.parametrize("size", [(40, 12), (60, 18), (200, 60)])
def test_any_size_draws(feed, watch, size):
    async def scenario(stage):
        await stage.until(lambda: "Ana" in stage.text)
        await stage.press("enter")
        await stage.until(lambda: ("meter", {"identity": feed.meter_id(0)}) in feed.calls)
        feed.raise_alert()
        await stage.shows("ABRUPT INCREASE")

    watch(feed, scenario, size=size)


def test_nobody_yet_says_what_to_do_and_notices_the_first_meter(make_feed, watch):
    feed = make_feed([])

    async def scenario(stage):
        await stage.shows("No meter yet", "quilowatt meter")
        feed.names.append("Dora Reis")
        await stage.press("r")
        await stage.shows("Dora Reis", "1 client")
        assert "No meter yet" not in stage.text

    watch(feed, scenario)


def test_meter_without_readings_says_so(feed, watch):
    feed.is_young = True

    async def scenario(stage):
        await stage.shows("no reading")
        await stage.press("enter")
        await stage.shows("No consumption to draw yet", "no reading")

    watch(feed, scenario)


def test_search_by_name(feed, watch):
    async def scenario(stage):
        await stage.shows("Ana Souza")
        await stage.press("slash", *"lima")
        await stage.until(lambda: "Ana Souza" not in stage.text and "Bruno Lima" in stage.text)
        await stage.press("enter")
        await stage.shows("Bruno Lima", "SIM-001")
        await stage.press("escape", "escape")
        await stage.shows("Ana Souza", "Bruno Lima")

    watch(feed, scenario)


def test_search_that_finds_nobody(feed, watch):
    async def scenario(stage):
        await stage.shows("Ana Souza")
        await stage.press("slash", *"xyz")
        await stage.shows("No client is called “xyz”.")

    watch(feed, scenario)


def test_pages_come_as_one_walks_down(make_feed, watch):
    feed = make_feed([f"Home {row:04}" for row in range(1000)])

    async def scenario(stage):
        await stage.shows("Home 0000", "100+ clients")
        await stage.press("end")
        await stage.shows("200+ clients")
        await stage.press("home", "end")
        await stage.shows("300+ clients")
        cursors = {call["cursor"] for what, call in feed.calls if what == "customers"}
        assert cursors == {None, "100", "200"}

    watch(feed, scenario)


def test_reading_moves_the_figures_at_once(feed, watch):
    async def scenario(stage):
        await opened(stage)
        await stage.until(lambda: feed.streams("reading") == 1)
        feed.read(0, seconds=2, import_kwh=1001.5, power_w=9876)
        await stage.until(lambda: stage.app.screen.view.meter.power_w == 9876)
        meter = stage.app.screen.view.meter
        assert (meter.today_kwh, meter.month_kwh) == (9.921, 213.845)
        await stage.shows("reading of 14:32:09")

    watch(feed, scenario)


def test_alert_is_told_in_words_with_a_bell(feed, watch, snapshot):
    async def scenario(stage):
        await opened(stage)
        feed.raise_alert()
        await stage.shows("▲ ABRUPT INCREASE", "jumped to about 6.2 kW", "6.2 kW, usual ≤ 650 W")
        assert stage.bells == 1
        snapshot("client_80x24_alert", stage.text)
        await stage.press("x")
        await stage.until(lambda: "ABRUPT" not in stage.text)

    watch(feed, scenario)


def test_alert_of_another_client_leads_there(feed, watch):
    async def scenario(stage):
        await opened(stage)
        feed.raise_alert(1)
        await stage.shows("ABRUPT INCREASE", "Bruno Lima", "v view")
        await stage.press("v")
        await stage.shows("SIM-001")
        assert stage.app.screen.meter_id == feed.meter_id(1)

    watch(feed, scenario)


def test_alert_marks_the_client_in_the_list(feed, watch):
    async def scenario(stage):
        await stage.shows("Bruno Lima")
        feed.raise_alert(1)
        await stage.shows("▲ Bruno Lima")

    watch(feed, scenario)


def test_alert_that_ends_is_told_and_the_banner_goes(feed, watch):
    async def scenario(stage):
        await opened(stage)
        made = feed.raise_alert()
        await stage.shows("ABRUPT INCREASE")
        feed.close_alert(made)
        await stage.shows("Back to normal: Ana Souza")
        assert "ABRUPT INCREASE" not in stage.text

    watch(feed, scenario)


def test_alert_that_is_updated_rings_no_second_bell(feed, watch):
    async def scenario(stage):
        await opened(stage)
        feed.raise_alert()
        await stage.shows("6.2 kW at")
        feed.raise_alert(power_w=7100)
        await stage.shows("7.1 kW at")
        assert stage.bells == 1

    watch(feed, scenario)


def test_alert_of_before_the_start_is_shown_without_bell(feed, watch):
    feed.raise_alert()

    async def scenario(stage):
        await stage.shows("ABRUPT INCREASE", "Ana Souza")
        assert stage.bells == 0

    watch(feed, scenario)


def test_alert_behind_a_window_comes_as_a_toast(feed, watch):
    async def scenario(stage):
        await opened(stage)
        await stage.press("question_mark")
        await stage.shows("Keys")
        feed.raise_alert()
        await stage.shows("Abrupt increase: Ana Souza")
        assert stage.bells == 1

    watch(feed, scenario)


def test_server_lost_says_what_to_do_and_comes_back(feed, watch):
    async def scenario(stage):
        await opened(stage)
        feed.break_down()
        await stage.shows(
            "no server", "Start the server: quilowatt server", "attempt 1", "Trying again in 1 s"
        )
        for attempt in (2, 3, 4):
            await stage.press("r")
            await stage.shows(f"attempt {attempt}")
        await stage.shows("Trying again in 8 s")
        feed.repair()
        await stage.press("r")
        await stage.shows("● live", "R$1,233.58")
        assert "attempt" not in stage.text
        await stage.until(lambda: feed.streams("reading") == 1 and feed.streams("alert") == 1)

    watch(feed, scenario)


def test_alert_raised_while_the_line_was_broken_rings_too(feed, watch):
    async def scenario(stage):
        await stage.shows("● live", "Ana Souza")
        feed.break_down()
        await stage.shows("attempt 1")
        feed.raise_alert()
        feed.repair()
        await stage.press("r")
        await stage.shows("ABRUPT INCREASE")
        assert stage.bells == 1

    watch(feed, scenario)


def test_server_absent_from_the_start(feed, watch):
    feed.break_down()

    async def scenario(stage):
        await stage.shows("no server", "No answer from http://127.0.0.1:8080", "quilowatt server")
        feed.repair()
        await stage.press("r")
        await stage.shows("● live", "Ana Souza")

    watch(feed, scenario)


def test_missing_token_is_asked_for(feed, watch):
    feed.break_down(ApiError(401, "no token"))

    async def scenario(stage):
        await stage.shows("refused", "--token", "QUILOWATT_API_TOKEN")

    watch(feed, scenario)


def test_question_that_fails_while_live_starts_the_retries(feed, watch):
    async def scenario(stage):
        await stage.shows("● live", "Ana Souza")
        feed.error = ApiError(500, "the disk is gone")
        await stage.press("r")
        await stage.shows("refused", "the disk is gone", "attempt 1")

    watch(feed, scenario)


def test_bill_that_fails_hides_nothing_else(feed, watch):
    feed.invoice_error = ApiError(500, "no tariff")

    async def scenario(stage):
        await stage.shows("Ana Souza")
        await stage.press("enter")
        await stage.shows("SIM-000", "sum", "No bill yet", "● live")

    watch(feed, scenario)


def test_bill_opens_line_by_line(feed, watch):
    async def scenario(stage):
        await opened(stage)
        await stage.press("b")
        await stage.shows("212.345 kWh × 1.10 = 233.58", "Total so far", "still running")
        await stage.press("escape")
        await stage.until(lambda: "1.10 = 233.58" not in stage.text)

    watch(feed, scenario)


def test_alerts_open_as_a_list(feed, watch):
    feed.raise_alert(1)

    async def scenario(stage):
        await stage.shows("Ana Souza")
        await stage.press("a")
        await stage.shows("Esc close", "Bruno Lima", "going on")

    watch(feed, scenario)


@pytest.mark.parametrize("wanted", ["Bruno", "SIM-001", "00000000-0000-0000-0000-000000000002"])
def test_client_named_on_the_command_line(feed, watch, wanted):
    async def scenario(stage):
        await stage.shows("Bruno Lima", "SIM-001", "R$1,233.58")

    watch(feed, scenario, wanted=wanted)


def test_client_named_that_is_not_there(feed, watch):
    async def scenario(stage):
        await stage.shows("No client matches “Zé”.", "Ana Souza")

    watch(feed, scenario, wanted="Zé")


def test_several_clients_named(make_feed, watch):
    feed = make_feed(["Ana Souza", "Ana Lima", "Bruno"])

    async def scenario(stage):
        await stage.shows("Several clients match “Ana”")
        await stage.until(lambda: "Bruno" not in stage.text)

    watch(feed, scenario, wanted="Ana")


@pytest.mark.parametrize("key", ["q", "s", "ctrl+c"])
def test_keys_that_end_it(feed, watch, key):
    async def scenario(stage):
        await stage.shows("Ana Souza")
        await stage.press(key)
        await stage.until(lambda: not stage.app.is_running)

    watch(feed, scenario)
