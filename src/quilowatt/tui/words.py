"""Everything that the screen says, in English and Portuguese.

Called by all of `tui`; the numbers among the fields are written by `core.words`.
"""

from __future__ import annotations

from typing import Final

from quilowatt.core.words import Phrase

__all__ = ["KIND_PHRASES", "PHRASES"]

PHRASES: Final[dict[str, Phrase]] = {
    # The list of clients
    "clients": Phrase("Clients", "Clientes"),
    "search": Phrase("/  search by name", "/  buscar pelo nome"),
    "column_name": Phrase("Client", "Cliente"),
    "column_now": Phrase("Now", "Agora"),
    "column_today": Phrase("Today kWh", "Hoje kWh"),
    "column_month": Phrase("Month kWh", "Mês kWh"),
    "column_seen": Phrase("Reading", "Leitura"),
    "column_level": Phrase("", ""),
    "column_meter": Phrase("Meter", "Medidor"),
    "loading": Phrase("Asking the server …", "Consultando o servidor …"),
    "no_meter": Phrase(
        "No meter yet.\n\nStart one in another terminal:\n\n    quilowatt meter\n\n"
        "It appears here by itself.",
        "Nenhum medidor ainda.\n\nInicie um em outro terminal:\n\n    quilowatt meter\n\n"
        "Ele aparece aqui sozinho.",
    ),
    "no_match": Phrase(
        "No client is called “{text}”.\n\nEsc clears the search.",
        "Nenhum cliente se chama “{text}”.\n\nEsc limpa a busca.",
    ),
    "count": Phrase("{count} clients", "{count} clientes"),
    "count_one": Phrase("1 client", "1 cliente"),
    "count_more": Phrase("{count}+ clients", "{count}+ clientes"),
    # One client
    "now": Phrase("Now", "Agora"),
    "today": Phrase("Today", "Hoje"),
    "month": Phrase("This month", "Este mês"),
    "since_midnight": Phrase("since 00:00", "desde 00:00"),
    "since_first": Phrase("since {date}", "desde {date}"),
    "reading_at": Phrase("reading of {time}", "leitura de {time}"),
    "reading_old": Phrase("no reading for {age}", "sem leitura há {age}"),
    "no_reading_short": Phrase("no reading", "sem leitura"),
    "tariff": Phrase("tariff {code}", "tarifa {code}"),
    "chart_day": Phrase("Last 24 hours, kWh per hour", "Últimas 24 horas, kWh por hora"),
    "chart_month": Phrase("Last 30 days, kWh per day", "Últimos 30 dias, kWh por dia"),
    "chart_none": Phrase(
        "No consumption to draw yet. Bars grow here as the meter reports.",
        "Ainda não há consumo a mostrar. As barras crescem conforme o medidor informa.",
    ),
    "bar_now": Phrase("now", "agora"),
    "bar_today": Phrase("today", "hoje"),
    "peak": Phrase("peak {value} ({when})", "pico {value} ({when})"),
    "sum": Phrase("sum {value}", "soma {value}"),
    "partial": Phrase("▒ so far", "▒ até agora"),
    "has_estimates": Phrase("grey: estimated", "cinza: estimado"),
    # The bill
    "bill": Phrase("Bill of {month}", "Conta de {month}"),
    "bill_plain": Phrase("Bill", "Conta"),
    "running": Phrase("still running", "em andamento"),
    "month_over": Phrase("month over, not issued", "mês encerrado, não emitida"),
    "days_left": Phrase("still running, {days} more days", "em andamento, mais {days} dias"),
    "day_left": Phrase("still running, 1 more day", "em andamento, mais 1 dia"),
    "last_day": Phrase("still running, last day", "em andamento, último dia"),
    "total_so_far": Phrase("Total so far", "Total até agora"),
    "taxes_inside": Phrase("Taxes inside the total:", "Tributos incluídos no total:"),
    "total": Phrase("Total", "Total"),
    "no_bill": Phrase(
        "No bill yet: it starts with the first readings of the month.",
        "Ainda sem conta: ela começa com as primeiras leituras do mês.",
    ),
    "more_lines": Phrase("… {count} more lines: press b", "… mais {count} linhas: tecle f"),
    # Alerts
    "alerts": Phrase("Alerts", "Alertas"),
    "no_alert": Phrase(
        "Nothing unusual. An alert appears here by itself.",
        "Nada fora do comum. Um alerta aparece aqui sozinho.",
    ),
    "alert_jump": Phrase(
        "Consumption jumped to about {power} at {time}: {times} times the most that is usual "
        "here ({usual}).",
        "O consumo saltou para cerca de {power} às {time}: {times} vezes o máximo habitual aqui "
        "({usual}).",
    ),
    "alert_jump_from_nothing": Phrase(
        "Consumption jumped to about {power} at {time}; usually there is next to none here.",
        "O consumo saltou para cerca de {power} às {time}; aqui o habitual é quase nada.",
    ),
    "alert_excess": Phrase("So far, {energy} above that.", "Até agora, {energy} acima disso."),
    "alert_excess_all": Phrase("In all, {energy} above that.", "No total, {energy} acima disso."),
    "alert_cost": Phrase(
        "It costs about {rate} an hour; {cost} so far.",
        "Custa cerca de {rate} por hora; até agora, {cost}.",
    ),
    "alert_cost_all": Phrase("It cost about {cost}.", "Custou cerca de {cost}."),
    "alert_check": Phrase(
        "Is something on that should be off?", "Há algo ligado que deveria estar desligado?"
    ),
    "alert_mean": Phrase("{power}, usual {usual}", "{power}, habitual {usual}"),
    "alert_short": Phrase("{power}, usual ≤ {usual}", "{power}, habitual ≤ {usual}"),
    "alert_open": Phrase("going on", "em curso"),
    "alert_closed": Phrase("until {time}", "até {time}"),
    "alert_gone": Phrase("Back to normal: {name}", "De volta ao normal: {name}"),
    "alert_gone_text": Phrase(
        "Over at {time}; {energy} above the usual maximum in all.",
        "Encerrado às {time}; no total, {energy} acima do máximo habitual.",
    ),
    "alert_known": Phrase("noted by {name}", "ciente: {name}"),
    "alert_snoozed": Phrase("put off until {time}", "adiado até {time}"),
    "alert_muted": Phrase("muted", "silenciado"),
    "budget_short": Phrase("{used} of {limit}", "{used} de {limit}"),
    "budget_coming": Phrase("{expected} expected of {limit}", "previsão {expected} de {limit}"),
    "expected": Phrase(
        "Expected: {expected}, between {low} and {high}",
        "Previsão: {expected}, entre {low} e {high}",
    ),
    "expected_short": Phrase("Expected ({low} to {high})", "Previsão ({low} a {high})"),
    "record": Phrase(
        "So far forecasts here were off by {error} % on average; {held} % of the ranges held.",
        "Até agora as previsões aqui erraram em média {error} %; {held} % das faixas acertaram.",
    ),
    "ack_hint": Phrase("o got it", "o ciente"),
    "hide_hint": Phrase("x hide", "x ocultar"),
    "see_hint": Phrase("v view", "v ver"),
    "more_alerts": Phrase("a {count} more", "a mais {count}"),
    # The link to the server
    "link_connecting": Phrase("connecting", "conectando"),
    "link_live": Phrase("live", "ao vivo"),
    "link_lost": Phrase("no server", "sem servidor"),
    "link_refused": Phrase("refused", "recusado"),
    "lost": Phrase(
        "No answer from {server}. Start the server: quilowatt server",
        "{server} não responde. Inicie o servidor: quilowatt server",
    ),
    "lost_again": Phrase(
        "Trying again in {seconds} s (attempt {attempt}); r tries now.",
        "Nova tentativa em {seconds} s (tentativa {attempt}); r tenta já.",
    ),
    "trying": Phrase("Trying now (attempt {attempt}) …", "Tentando agora (tentativa {attempt}) …"),
    "needs_token": Phrase(
        "{server} asks for its token: use --token or QUILOWATT_API_TOKEN.",
        "{server} pede o token: use --token ou QUILOWATT_API_TOKEN.",
    ),
    "stranger": Phrase(
        "What answers at {server} is no quilowatt server.",
        "Quem atende em {server} não é um servidor quilowatt.",
    ),
    "refused": Phrase("{server} refuses: {detail}", "{server} recusa: {detail}"),
    "client_gone": Phrase("No client matches “{text}”.", "Nenhum cliente corresponde a “{text}”."),
    "client_many": Phrase(
        "Several clients match “{text}”; pick one.", "Vários clientes com “{text}”; escolha um."
    ),
    # Ages
    "age_s": Phrase("{count} s", "{count} s"),
    "age_min": Phrase("{count} min", "{count} min"),
    "age_h": Phrase("{count} h", "{count} h"),
    "age_d": Phrase("{count} d", "{count} d"),
    "ago": Phrase("{age} ago", "há {age}"),
    # Keys
    "key_choose": Phrase("choose", "escolher"),
    "key_open": Phrase("open", "abrir"),
    "key_search": Phrase("search", "buscar"),
    "key_help": Phrase("help", "ajuda"),
    "key_quit": Phrase("quit", "sair"),
    "key_back": Phrase("clients", "clientes"),
    "key_charts": Phrase("24 h / 30 days", "24 h / 30 dias"),
    "key_bill": Phrase("bill", "fatura"),
    "key_alerts": Phrase("alerts", "alertas"),
    "key_close": Phrase("close", "fechar"),
    "help_title": Phrase("Keys", "Teclas"),
    "help_move": Phrase("move in the list", "andar na lista"),
    "help_open": Phrase("open the client", "abrir o cliente"),
    "help_search": Phrase("search by name", "buscar pelo nome"),
    "help_back": Phrase("back to the clients", "voltar aos clientes"),
    "help_day": Phrase("chart of the last 24 hours", "gráfico das últimas 24 horas"),
    "help_month": Phrase("chart of the last 30 days", "gráfico dos últimos 30 dias"),
    "help_tab": Phrase("the other chart", "o outro gráfico"),
    "help_bill": Phrase("the bill, line by line", "a conta, linha por linha"),
    "help_alerts": Phrase("all alerts", "todos os alertas"),
    "help_view": Phrase("go to the client of the alert", "ir ao cliente do alerta"),
    "help_ack": Phrase("take note of the alert", "dar ciência do alerta"),
    "help_hide": Phrase("hide the alert's banner", "ocultar a faixa do alerta"),
    "help_retry": Phrase("ask the server again now", "consultar o servidor já"),
    "help_quit": Phrase("quit", "sair"),
    # The plain table
    "plain_bill": Phrase("Bill so far", "Conta até agora"),
    "plain_alert": Phrase("Alert", "Alerta"),
    "plain_no_meter": Phrase(
        "No meter yet. Start one: quilowatt meter",
        "Nenhum medidor ainda. Inicie um: quilowatt meter",
    ),
}

KIND_PHRASES: Final[dict[str, Phrase]] = {
    "abrupt_increase": Phrase("Abrupt increase", "Aumento abrupto"),
    "lasting_increase": Phrase("Lasting increase", "Aumento duradouro"),
    "lasting_decrease": Phrase("Lasting decrease", "Queda duradoura"),
    "possible_tampering": Phrase("Possible tampering", "Possível adulteração"),
    "night_load": Phrase("New night load", "Nova carga noturna"),
    "stuck_register": Phrase("Register stands still", "Registrador parado"),
    "flat_line": Phrase("Flat line", "Consumo sempre igual"),
    "vacant_consumption": Phrase("Consumption though vacant", "Consumo em imóvel vago"),
    "no_communication": Phrase("No communication", "Sem comunicação"),
    "clock_wrong": Phrase("Clock wrong", "Relógio errado"),
    "unexpected_export": Phrase("Unexpected export", "Injeção inesperada"),
    "capacity_nearly_reached": Phrase("Capacity nearly reached", "Capacidade quase atingida"),
    "sum_mismatch": Phrase("Sums do not agree", "Somas não conferem"),
    "budget_energy_forecast": Phrase("Energy budget, forecast", "Orçamento de energia, previsão"),
    "budget_energy_80": Phrase("Energy budget, 80 %", "Orçamento de energia, 80 %"),
    "budget_energy_100": Phrase("Energy budget used up", "Orçamento de energia esgotado"),
    "budget_money_forecast": Phrase("Money budget, forecast", "Orçamento em dinheiro, previsão"),
    "budget_money_80": Phrase("Money budget, 80 %", "Orçamento em dinheiro, 80 %"),
    "budget_money_100": Phrase("Money budget used up", "Orçamento em dinheiro esgotado"),
}
"""Names of the kinds of alert; one that is missing here is shown by its code."""
