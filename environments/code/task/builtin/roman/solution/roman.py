def roman(n):
    if not 1 <= n <= 3999:
        raise ValueError("1 to 3999")
    out = ""
    for value, sign in [(1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"),
                        (50, "L"), (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")]:
        out += sign * (n // value)
        n %= value
    return out
