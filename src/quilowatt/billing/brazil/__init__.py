"""Brazil's rules of billing. Nothing outside this package and the tariff files knows a country."""
