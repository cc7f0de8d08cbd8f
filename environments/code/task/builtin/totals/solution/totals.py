def totals(text):
    out = {}
    for line in text.splitlines():
        if line.strip():
            name, amount = line.split(",")
            out[name.strip()] = out.get(name.strip(), 0) + int(amount)
    return out
