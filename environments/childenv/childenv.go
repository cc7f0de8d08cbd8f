// Package childenv says what a program that this one starts may know of the
// environment.
package childenv

import (
	"slices"
	"strings"
)

// passed are the variables that a child process gets: where programs, homes,
// temporary files and libraries are, in which language and time zone. Everything
// else stays here, so that no key of a model, no password of a database and
// nothing of a cloud gets out because nobody thought of its name.
var passed = []string{
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "LC_*", "TZ", "TMPDIR", "TEMP", "TMP", "TERM", "NO_COLOR", "COLUMNS",
	"XDG_*_HOME", "XDG_RUNTIME_DIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE", "SSL_CERT_DIR",
	// of languages in which such programs are written
	"PYTHONPATH", "PYTHONHOME", "PYTHONUNBUFFERED", "PYTHONIOENCODING", "PYTHONUTF8", "PYTHONHASHSEED", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "CONDA_PREFIX",
	"NODE_PATH", "NODE_ENV", "GOPATH", "GOROOT", "GOCACHE", "CARGO_HOME", "RUSTUP_HOME", "JAVA_HOME", "GEM_HOME", "GEM_PATH", "JULIA_DEPOT_PATH",
	"CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS",
	// without which programs don't start on Windows
	"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "PROGRAMFILES", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "NUMBER_OF_PROCESSORS",
}

// Of returns what of an environment, as NAME=value, a child process gets. It
// returns a list that is never nil: none would be taken for all.
func Of(environment []string) []string {
	list := make([]string, 0, len(passed))
	for _, v := range environment {
		if name, _, ok := strings.Cut(v, "="); ok && slices.ContainsFunc(passed, func(pattern string) bool { return fits(pattern, name) }) {
			list = append(list, v)
		}
	}
	return list
}

// fits compares a name with one of passed, of which a * stands for letters and
// underscores that make no word of a secret. Case is Windows' to ignore.
func fits(pattern, name string) bool {
	name = strings.ToUpper(name)
	before, after, open := strings.Cut(pattern, "*")
	if !open {
		return name == pattern
	}
	if len(name) < len(before)+len(after) || !strings.HasPrefix(name, before) || !strings.HasSuffix(name, after) {
		return false
	}
	return !slices.ContainsFunc([]string{"KEY", "TOKEN", "SECRET", "PASS"}, func(word string) bool { return strings.Contains(name, word) })
}
