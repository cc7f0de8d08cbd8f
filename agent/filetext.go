package agent

import (
	"bytes"
	"unicode/utf8"
)

// byteOrderMark is what some editors put before UTF-8 text.
var byteOrderMark = []byte("\xef\xbb\xbf")

// notPlain are the first bytes of files that people take for text. UTF-32's
// mark begins with UTF-16's, so it stands first.
var notPlain = []struct{ prefix, what, do string }{
	{"\xff\xfe\x00\x00", "UTF-32 text", "save it as UTF-8"},
	{"\x00\x00\xfe\xff", "UTF-32 text", "save it as UTF-8"},
	{"\xff\xfe", "UTF-16 text", "save it as UTF-8"},
	{"\xfe\xff", "UTF-16 text", "save it as UTF-8"},
	{"\x1f\x8b", "compressed with gzip", "unpack it first"},
	{"PK\x03\x04", "a zip archive", "unpack it first"},
	{"\x28\xb5\x2f\xfd", "compressed with zstd", "unpack it first"},
	{"BZh", "compressed with bzip2", "unpack it first"},
	{"\xfd7zXZ\x00", "compressed with xz", "unpack it first"},
}

// FileText returns what a person gave us as text: UTF-8, with the byte order
// mark that an editor put before it taken away. Errors are CodeInvalid and name
// what the bytes are instead: UTF-16, gzip, a zip archive. The result shares
// memory with raw.
func FileText(raw []byte) ([]byte, error) {
	for _, kind := range notPlain {
		if bytes.HasPrefix(raw, []byte(kind.prefix)) {
			return nil, Errorf(CodeInvalid, "it is %s; %s", kind.what, kind.do)
		}
	}
	text := bytes.TrimPrefix(raw, byteOrderMark)
	if !utf8.Valid(text) {
		return nil, Errorf(CodeInvalid, "it is not valid UTF-8 text from byte %d on; save it as UTF-8", len(raw)-len(text)+validPrefix(text)+1)
	}
	return text, nil
}

// validPrefix returns how many bytes are valid UTF-8.
func validPrefix(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return len(text)
}
