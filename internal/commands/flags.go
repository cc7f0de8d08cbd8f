package commands

import (
	"github.com/urfave/cli/v3"

	"purposeagent/handlers/request"
)

// asked makes the flags of a request, a pointer to one of package request: what is
// given to them stands in it.
func asked(what any) []cli.Flag {
	var flags []cli.Flag
	for _, f := range request.Flags(what) {
		var value cli.Value = text{f}
		if f.Numeric() {
			value = number{f}
		}
		flags = append(flags, &cli.GenericFlag{Name: f.Name, Aliases: f.Aliases, Usage: f.Usage, Value: value})
	}
	return flags
}

// The help shows the name of a value's type beside its flag.
type (
	text   struct{ request.Flag }
	number struct{ request.Flag }
)
