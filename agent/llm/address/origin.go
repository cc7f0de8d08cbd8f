package address

import (
	"net/url"
	"strings"
)

// Clean checks the address of a server and returns it in the form in which it
// is asked, so that what is stored is what is asked; from names it in messages.
// Errors are CodeInvalid.
func Clean(text, from string) (string, error) {
	u, err := Parse(text, from)
	if err != nil {
		return "", err
	}
	plain := *u
	plain.Host = hostOf(u)
	return strings.TrimRight(plain.String(), "/"), nil
}

// Origin is the scheme, host and port of an address, the same for every way to
// write them. What is no address is its own.
func Origin(address string) string {
	u, err := Parse(address, "")
	if err != nil {
		return address
	}
	return u.Scheme + "://" + hostOf(u)
}

// hostOf is the host and port, without the port that the scheme means anyhow.
func hostOf(u *url.URL) string {
	return strings.TrimSuffix(u.Host, map[string]string{"http": ":80", "https": ":443"}[u.Scheme])
}
