package pagetest

// HostileText has what a terminal obeys, what turns text around, and markup.
const HostileText = "a\x1b[31mred\x07\x9b2J\u202etxt.exe\u2066x\u2069\u200f\r# not a heading\u2028[x](javascript:y) https://evil.example <b>&amp;"
