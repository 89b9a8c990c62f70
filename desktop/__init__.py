"""The desktop application: a window to encode, compare, save and open `.qres` pictures."""
