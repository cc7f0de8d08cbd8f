// Package language reads a purpose: what it wants, what it does not want, and
// how many of it.
//
// It knows the closed classes of a language (negations, numerals, conjunctions)
// and how its words are inflected, and no word of any environment. Another
// language is another value of type Language.
package language
