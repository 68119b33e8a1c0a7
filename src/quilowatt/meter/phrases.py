"""What the meter says to the person beside it, in English and Portuguese."""

from __future__ import annotations

from typing import Final

from quilowatt.core.words import Phrase

__all__ = ["PHRASES"]

PHRASES: Final = {
    # Answers to commands.
    "power": Phrase("Consumption now: {power}.", "Consumo agora: {power}."),
    "at_zero": Phrase(
        "It can't fall below 0 W. Consumption now: {power}.",
        "Não dá para baixar de 0 W. Consumo agora: {power}.",
    ),
    "at_most": Phrase(
        "It can't rise above {limit}. Consumption now: {power}.",
        "Não dá para passar de {limit}. Consumo agora: {power}.",
    ),
    "held": Phrase(
        "Held at {power} from now on; appliances are off. “auto” gives the house back its own day.",
        "Fixado em {power} daqui em diante; aparelhos desligados. “auto” devolve a rotina à casa.",
    ),
    "released": Phrase(
        "The house follows its own day again; appliances are off. Consumption now: {power}.",
        "A casa volta à sua rotina; aparelhos desligados. Consumo agora: {power}.",
    ),
    "switched_on": Phrase(
        "On: {name} (+{watts}). Consumption now: {power}.",
        "Ligado: {name} (+{watts}). Consumo agora: {power}.",
    ),
    "switched_off": Phrase(
        "Off: {name} (−{watts}). Consumption now: {power}.",
        "Desligado: {name} (−{watts}). Consumo agora: {power}.",
    ),
    "on_already": Phrase("On already: {name}.", "Já está ligado: {name}."),
    "off_already": Phrase(
        "Not on: {name}. (The house's own appliances can't be switched here.)",
        "Não está ligado: {name}. (Os aparelhos da própria casa não se desligam aqui.)",
    ),
    "all_off": Phrase(
        "Everything you switched on is off. Consumption now: {power}.",
        "Tudo o que você ligou está desligado. Consumo agora: {power}.",
    ),
    "none_on": Phrase("No appliance is on.", "Nenhum aparelho está ligado."),
    "relay_is_off": Phrase(
        "The server has disconnected the supply: 0 W flow until it connects it again.",
        "O servidor desligou o fornecimento: nada passa (0 W) até que ele religue.",
    ),
    # What can't be done.
    "unknown": Phrase(
        "I don't know “{text}”. Try: help", "Não conheço “{text}”. Experimente: ajuda"
    ),
    "no_sign": Phrase(
        "More, less or exactly? Type +{text}, -{text} or ={text}.",
        "A mais, a menos ou exato? Digite +{text}, -{text} ou ={text}.",
    ),
    "no_number": Phrase(
        "“{text}” is no amount of watts. Try: +500, -500, =1200 or +1.5 kW",
        "“{text}” não é uma potência. Experimente: +500, -500, =1200 ou +1,5 kW",
    ),
    "too_much": Phrase(
        "“{text}” is too much for a house: at most {limit}.",
        "“{text}” é demais para uma casa: no máximo {limit}.",
    ),
    "which": Phrase(
        "Which appliance? For example: on shower. All of them: appliances",
        "Qual aparelho? Por exemplo: ligar chuveiro. Todos eles: aparelhos",
    ),
    "no_appliance": Phrase(
        "There is no “{text}” in this house. See: appliances",
        "Não há “{text}” nesta casa. Veja: aparelhos",
    ),
    "like": Phrase(
        "There is no “{text}” in this house. Did you mean “{guess}”?",
        "Não há “{text}” nesta casa. Você quis dizer “{guess}”?",
    ),
    # The list of appliances, the status and the help.
    "appliances": Phrase(
        "You can switch these (● is on):", "Você pode ligar e desligar (● está ligado):"
    ),
    "status": Phrase("{name} · meter {uuid}", "{name} · medidor {uuid}"),
    "status_new": Phrase("{name} · not registered yet", "{name} · ainda sem registro"),
    "status_power": Phrase("  power      {power}  ({parts})", "  potência   {power}  ({parts})"),
    "status_register": Phrase("  register   {energy}", "  registro   {energy}"),
    "status_link": Phrase("  server     {link}", "  servidor   {link}"),
    "status_readings": Phrase(
        "  readings   every {interval} s; {pending} waiting for an answer",
        "  leituras   a cada {interval} s; {pending} à espera de resposta",
    ),
    "part_household": Phrase("house {power}", "casa {power}"),
    "part_held": Phrase("held at {power}", "fixado em {power}"),
    "part_by_hand": Phrase("by hand {power}", "à mão {power}"),
    "part_bounded": Phrase("stopped at {power}", "limitado a {power}"),
    "link_up": Phrase("connected to {server}", "conectado a {server}"),
    "link_down": Phrase("no connection to {server}", "sem conexão com {server}"),
    "help": Phrase(
        """\
  +500   -500     raise or lower the consumption by so many watts (+1.5 kW works too)
  =1200           hold it at so many watts
  auto            let the house follow its own day again
  on shower       switch an appliance on; off shower: off again; off all
  appliances      what there is to switch
  status          power, register, connection
  quit            end the meter (it keeps what it has)""",
        """\
  +500   -500      aumenta ou diminui o consumo em tantos watts (+1,5 kW também serve)
  =1200            fixa o consumo em tantos watts
  auto             deixa a casa seguir a sua própria rotina
  ligar chuveiro   liga um aparelho; desligar chuveiro; desligar tudo
  aparelhos        o que há para ligar
  estado           potência, registro, conexão
  sair             encerra o medidor (ele guarda o que tem)""",
    ),
    # What happens by itself.
    "welcome": Phrase(
        "A smart meter for “{name}”. Type help to see what you can do.",
        "Um medidor inteligente para “{name}”. Digite ajuda para ver o que dá para fazer.",
    ),
    "seed": Phrase(
        "Household from seed {seed} (--seed {seed} gives the same one again).",
        "Casa da semente {seed} (--seed {seed} dá a mesma de novo).",
    ),
    "registered": Phrase("Registered as {uuid}.", "Registrado como {uuid}."),
    "connected": Phrase(
        "Connected to {server}; a reading every {interval} s.",
        "Conectado a {server}; uma leitura a cada {interval} s.",
    ),
    "lost": Phrase(
        "Lost the connection to {server} ({why}). Readings are kept; next try in {pause} s.",
        "Conexão com {server} perdida ({why}). Leituras salvas; nova tentativa em {pause} s.",
    ),
    "unreachable": Phrase(
        "No answer from {server} ({why}). Readings are kept; next try in {pause} s.",
        "Sem resposta de {server} ({why}). Leituras salvas; nova tentativa em {pause} s.",
    ),
    "why_nobody": Phrase("is the server running?", "o servidor está no ar?"),
    "why_no_such_name": Phrase("there is no such name", "esse nome não existe na rede"),
    "why_closed": Phrase("the server closed it", "o servidor a encerrou"),
    "why_not_now": Phrase(
        "the server is stopping or has no room", "o servidor está parando ou sem espaço"
    ),
    "why_silent": Phrase("no answer in time", "não houve resposta a tempo"),
    "why_unknown_meter": Phrase(
        "the server doesn't know this meter; to register anew choose another --data",
        "o servidor não conhece este medidor; para registrar de novo escolha outro --data",
    ),
    "why_blocked": Phrase(
        "the operator has blocked this meter", "a operação bloqueou este medidor"
    ),
    "why_replaced": Phrase(
        "this meter called from somewhere else: is it running twice?",
        "este medidor ligou de outro lugar: está rodando duas vezes?",
    ),
    "why_certificate": Phrase(
        "the certificate can't be trusted; name its authority with --ca",
        "o certificado não é confiável; indique a autoridade com --ca",
    ),
    "why_no_tls": Phrase("no TLS is spoken there", "não se fala TLS nessa porta"),
    "why_stranger": Phrase(
        "what answers there is no quilowatt server", "quem atende lá não é um servidor quilowatt"
    ),
    "objected": Phrase(
        "The server did not understand this meter ({code}): {why}.",
        "O servidor não entendeu este medidor ({code}): {why}.",
    ),
    "fault": Phrase(
        "A reading could not be kept, its energy will be in the next: {why}.",
        "Não foi possível guardar uma leitura, a energia irá na próxima: {why}.",
    ),
    "reading_refused": Phrase(
        "The server can't believe the reading of {time}: {why}.",
        "O servidor não aceita a leitura de {time}: {why}.",
    ),
    "interval_set": Phrase(
        "The server asks for a reading every {interval} s.",
        "O servidor pede uma leitura a cada {interval} s.",
    ),
    "relay_off": Phrase(
        "The server has disconnected the supply: 0 W flow.",
        "O servidor desligou o fornecimento: nada passa (0 W).",
    ),
    "relay_on": Phrase(
        "The server has connected the supply again.", "O servidor religou o fornecimento."
    ),
    "goes_on": Phrase(
        "No more commands to read; the meter goes on until it is stopped (SIGTERM).",
        "Não há mais comandos para ler; o medidor segue até ser encerrado (SIGTERM).",
    ),
    "prompt": Phrase("meter> ", "medidor> "),
    "default_name": Phrase("Home {number}", "Casa {number}"),
    "bye": Phrase(
        "The meter stops at {energy}; everything is kept in {directory}.",
        "O medidor para em {energy}; tudo fica guardado em {directory}.",
    ),
    "failed": Phrase("The meter can't go on: {why}.", "O medidor não pode continuar: {why}."),
}
"""By name; the figures in them arrive written."""
