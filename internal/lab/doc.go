// Package lab proves, or fails to prove, that memory helps: it trains on some
// tasks, freezes what was learned, and works other tasks in several arms that
// differ in memory only.
//
// What is compared is fixed and hashed before the first task. The arms see the
// same held-out seeds in turns, with the same limits, and write nothing. A gain
// counts only against memory switched off and against a placebo, because a
// library of the wrong rules can score below and above no library at all.
package lab
