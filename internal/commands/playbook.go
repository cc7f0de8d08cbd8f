package commands

import (
	"context"
	"io"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/agent/playbook"
	"purposeagent/handlers/api"
	"purposeagent/internal/app"
)

func (p *program) playbookCommand() *cli.Command {
	return &cli.Command{
		Name: "playbook", Usage: "say on one page what is known of a world, as Markdown",
		Flags: append(p.storageFlags(),
			&cli.StringFlag{Name: "environment", Aliases: []string{"e"}, Usage: "kind of environment; default: of the world last used"},
			&cli.StringFlag{Name: "world", Usage: "its dynamics; default: the one last used"},
			&cli.StringFlag{Name: "snapshot", Usage: "id of a snapshot of the library; default: as it is now"},
			&cli.IntFlag{Name: "tokens", Usage: "budget: the surest lines stay; 0: all", Value: playbook.DefaultTokens},
			&cli.BoolFlag{Name: "json", Usage: "print JSON"}),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			if n := c.Int("tokens"); n < 0 {
				return agent.InvalidFields(map[string]string{"tokens": "must be 0 or more"}) //nolint:gosec // a field's name, no credential
			}
			return p.withData(ctx, c, func(a *app.App) error {
				page, err := a.Playbook(ctx, playbook.Asked{Environment: c.String("environment"), World: c.String("world"), Snapshot: c.String("snapshot"), Tokens: c.Int("tokens")})
				if err != nil {
					return err
				}
				return p.print(c, api.NewPlaybookPage(&page), func(w io.Writer) error {
					text, err := page.Document(ctx, a.Comments.List)
					if err != nil {
						return err
					}
					_, err = io.WriteString(w, text)
					return err
				})
			})
		},
	}
}
