"""The states that the durable steps of all programs have."""


def maker(words):
    """Makes states of some 700 bytes, like a small world's: the same that ours/main.go makes."""

    def text(step, start, count):
        return " ".join(words[(step * step + 7 * step * i + 3 * i * i + start) % len(words)] for i in range(count))

    def room(step):
        return {
            "step": step,
            "room": text(step, 0, 60),
            "things": text(step, 11, 40),
            "summary": f"You are in room {step}. There is a key and a door to the north.",
        }

    return room
