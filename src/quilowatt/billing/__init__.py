"""From energy to money: tariff, charges, taxes, bill. Pure; no float."""
